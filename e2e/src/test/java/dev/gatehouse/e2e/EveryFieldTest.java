package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.crds.ProxyPolicySpec;
import dev.gatehouse.crds.ProxyRouteSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every field of the API for traffic is shown by an example that runs, and compiled in a golden pair. */
class EveryFieldTest {

    private static final KubernetesSerialization YAML = new KubernetesSerialization();
    private static final Path EXAMPLES = Path.of("../examples");
    private static final Path GOLDEN = Path.of("../controller/src/test/resources/golden");

    /** What a policy has is compiled as what a rule has: of each kind one is enough. */
    private static final int KINDS = 2;

    @Test
    void everyFieldOfAProxyRouteStandsInAnExample() throws IOException {
        assertThat(missing(fields(ProxyRouteSpec.class, Integer.MAX_VALUE), written(EXAMPLES, "ProxyRoute")))
                .isEmpty();
    }

    @Test
    void everyFieldOfAProxyRouteIsCompiledInAGoldenPair() throws IOException {
        assertThat(missing(fields(ProxyRouteSpec.class, Integer.MAX_VALUE), written(GOLDEN, "ProxyRoute")))
                .isEmpty();
    }

    @Test
    void everythingThatAPolicyMayHaveStandsInAnExample() throws IOException {
        assertThat(missing(fields(ProxyPolicySpec.class, 1), written(EXAMPLES, "ProxyPolicy")))
                .isEmpty();
    }

    @Test
    void everyKindOfWhatAPolicyMayHaveIsCompiledInAGoldenPair() throws IOException {
        assertThat(missing(fields(ProxyPolicySpec.class, KINDS), written(GOLDEN, "ProxyPolicy")))
                .isEmpty();
    }

    private static Set<String> missing(Set<String> fields, Set<String> written) {
        Set<String> missing = new TreeSet<>(fields);
        missing.removeAll(written);
        return missing;
    }

    /** Paths of the fields that a type has, such as {@code rules.timeouts.idle}, down to a depth. */
    private static Set<String> fields(Class<?> type, int depth) {
        Set<String> paths = new TreeSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            paths.add(component.getName());
            Class<?> inner = inner(component.getGenericType());
            if (depth > 1 && inner.isRecord()) {
                fields(inner, depth - 1).forEach(path -> paths.add(component.getName() + "." + path));
            }
        }
        return paths;
    }

    /** The type itself, or that of a list's elements. */
    private static Class<?> inner(Type type) {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return inner(list.getActualTypeArguments()[0]);
        }
        return type instanceof Class<?> itself ? itself : Object.class;
    }

    /** Paths of the fields that objects of a kind have in the manifests below a folder that are not meant to be wrong. */
    private static Set<String> written(Path folder, String kind) throws IOException {
        Set<String> paths = new HashSet<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(EveryFieldTest::isRight).toList()) {
                for (String document : Files.readString(file).split("(?m)^---$")) {
                    Map<?, ?> object = YAML.unmarshal(document, Map.class);
                    if (kind.equals(object.get("kind")) && object.get("spec") instanceof Map<?, ?> spec) {
                        collect(spec, "", paths);
                    }
                }
            }
        }
        return paths;
    }

    private static boolean isRight(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".yaml") && !name.endsWith(".out.yaml") && !name.startsWith("wrong-");
    }

    private static void collect(Object value, String prefix, Set<String> paths) {
        switch (value) {
            case Map<?, ?> map ->
                map.forEach((name, inner) -> {
                    paths.add(prefix + name);
                    collect(inner, prefix + name + ".", paths);
                });
            case List<?> list -> list.forEach(element -> collect(element, prefix, paths));
            default -> {}
        }
    }
}
