package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.testkit.cluster.ApiServerCluster;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every rule of the CRDs ({@code x-kubernetes-validations}) refuses something on a real API server, in its own words. */
class SchemaRulesIT {

    private static final Path CRDS = Path.of("../crds/src/main/resources/crds");
    private static final Path REFUSED = Path.of("src/test/resources/admission/refused.yaml");
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    private static ApiServerCluster cluster;
    private static KubernetesClient client;

    @BeforeAll
    static void start() {
        cluster = ApiServerCluster.start(Path.of("target/schema-rules"));
        cluster.applyCrds(CRDS);
        client = cluster.client();
    }

    @AfterAll
    static void stop() {
        client.close();
        cluster.close();
    }

    /**
     * A rule of a schema.
     *
     * @param field without indices: {@code spec.rules[].name}
     */
    private record SchemaRule(String kind, String field, String message) implements Comparable<SchemaRule> {
        @Override
        public int compareTo(SchemaRule other) {
            return toString().compareTo(other.toString());
        }
    }

    @Test
    void everyRuleOfTheSchemasRefusesWhatItIsThereFor() throws Exception {
        Set<SchemaRule> rules = rules();
        Set<SchemaRule> refusing = new TreeSet<>();
        for (GenericKubernetesResource object : objects()) {
            List<SchemaRule> reasons = refusals(object, rules);
            assertThat(reasons)
                    .as("why this is refused: %s", YAML.asYaml(object))
                    .isNotEmpty();
            refusing.addAll(reasons);
        }
        assertThat(rules).hasSizeGreaterThan(150);
        assertThat(refusing).as("rules that refuse something in %s", REFUSED).isEqualTo(rules);
    }

    private static Set<SchemaRule> rules() throws IOException {
        Set<SchemaRule> rules = new TreeSet<>();
        try (Stream<Path> files = Files.list(CRDS)) {
            for (Path file : files.toList()) {
                CustomResourceDefinition crd = YAML.unmarshal(Files.readString(file), CustomResourceDefinition.class);
                String kind = crd.getSpec().getNames().getKind();
                crd.getSpec()
                        .getVersions()
                        .forEach(
                                version -> collect(kind, "", version.getSchema().getOpenAPIV3Schema(), rules));
            }
        }
        return rules;
    }

    private static void collect(String kind, String field, JSONSchemaProps schema, Set<SchemaRule> rules) {
        schema.getXKubernetesValidations().forEach(rule -> rules.add(new SchemaRule(kind, field, rule.getMessage())));
        schema.getProperties()
                .forEach((name, of) -> collect(kind, field.isEmpty() ? name : field + "." + name, of, rules));
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            collect(kind, field + "[]", schema.getItems().getSchema(), rules);
        }
    }

    /** Those of the file, and those with a policy's fields in a rule of a ProxyRoute. */
    private static List<GenericKubernetesResource> objects() throws IOException {
        List<GenericKubernetesResource> objects = new ArrayList<>();
        for (String document : Files.readString(REFUSED).split("(?m)^---$", -1)) {
            GenericKubernetesResource object = YAML.unmarshal(
                    "apiVersion: gatehouse.dev/v1alpha1\nmetadata: {generateName: refused-}\n" + document,
                    GenericKubernetesResource.class);
            objects.add(object);
            if (object.getKind().equals("ProxyPolicy")) {
                Map<String, Object> rule = new HashMap<>(spec(object));
                rule.put("backends", List.of(Map.of("service", "a", "port", 80)));
                GenericKubernetesResource route = YAML.clone(object);
                route.setKind("ProxyRoute");
                route.setAdditionalProperty(
                        "spec", Map.of("hosts", List.of("shop.example.com"), "rules", List.of(rule)));
                objects.add(route);
            }
        }
        return objects;
    }

    @SuppressWarnings("unchecked") // a mapping, by the kinds of the file
    private static Map<String, Object> spec(GenericKubernetesResource object) {
        return (Map<String, Object>)
                Objects.requireNonNull(object.getAdditionalProperties().get("spec"));
    }

    private static List<SchemaRule> refusals(GenericKubernetesResource object, Collection<SchemaRule> rules) {
        if (!object.getKind().equals("HostGrant")) {
            object.getMetadata().setNamespace("default");
        }
        KubernetesClientException refusal = catchThrowableOfType(
                KubernetesClientException.class, () -> client.resource(object).create());
        assertThat(refusal).as("what is said of %s", YAML.asYaml(object)).isNotNull();
        return refusal.getStatus().getDetails().getCauses().stream()
                .map(cause -> rule(object.getKind(), cause, rules))
                .toList();
    }

    /** A message begins with the value, which may have any text in it, and ends with the rule's own. */
    private static SchemaRule rule(String kind, StatusCause cause, Collection<SchemaRule> rules) {
        String field = cause.getField().replaceAll("\\[[0-9]+]", "[]");
        return rules.stream()
                .filter(rule -> rule.kind().equals(kind)
                        && rule.field().equals(field)
                        && cause.getMessage().endsWith(": " + rule.message()))
                .findFirst()
                .orElse(new SchemaRule(kind, field, cause.getMessage()));
    }
}
