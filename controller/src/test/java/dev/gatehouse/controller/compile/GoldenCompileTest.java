package dev.gatehouse.controller.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.snapshot.Features;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.Rule;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What manifests are compiled to: {@code NAME.in.yaml} gives {@code NAME.out.yaml}, shard by shard, with what is said of the objects.
 * {@code ./mvnw -pl controller test -Dtest=GoldenCompileTest -Dgatehouse.golden.rewrite=true} writes the second ones anew.
 */
class GoldenCompileTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden");
    private static final String IN = ".in.yaml";

    /** Reasons whose tests make what they need themselves: certificates, and what became of a fleet over time. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "Held", "compile/HoldTest",
            "RolledBack", "compile/RollbackTest",
            "RollbackUnknown", "status/RuleConditionsTest",
            "NotCompiled", "compile/QuarantineTest",
            "CertificateChainReordered", "model/SecretParserTest",
            "CertificateChainIncomplete", "model/SecretParserTest",
            "CertificateChainTooLong", "model/SecretParserTest",
            "CertificateRevoked", "compile/StapleCompileTest");

    static Stream<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(IN))
                    .map(name -> name.substring(0, name.length() - IN.length()))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static World world(String name) throws IOException {
        World world = new World(WorldOptions.folder());
        world.apply(new Manifests().upserts(Files.readString(FOLDER.resolve(name + IN))));
        return world;
    }

    @ParameterizedTest
    @MethodSource("names")
    void manifestsAreCompiledToWhatIsWrittenDown(String name) throws Exception {
        String compiled = GoldenText.of(said(world(name)));
        Path out = FOLDER.resolve(name + ".out.yaml");
        if (Boolean.getBoolean("gatehouse.golden.rewrite")) {
            Files.writeString(out, compiled);
        }
        assertThat(compiled).isEqualTo(Files.readString(out));
    }

    @Test
    void everyFeatureOfARuleHasAPair() throws Exception {
        Set<String> shown = new HashSet<>();
        for (String name : names().toList()) {
            for (Shard shard : snapshot(world(name)).sorted()) {
                List<Rule> rules = new ArrayList<>(shard.body().getHost().getRulesList());
                rules.add(shard.body().getHost().getPassthrough());
                rules.forEach(rule -> shown.addAll(rule.getRequiredFeaturesList()));
            }
        }
        assertThat(shown).containsAll(Features.all());
    }

    @Test
    void everyReasonThatAnObjectCanBeGivenHasAPairOrATestOfItsOwn() throws Exception {
        Set<String> shown = new HashSet<>();
        for (String name : names().toList()) {
            for (Verdict verdict : world(name).verdicts().values()) {
                verdict.findings().forEach(finding -> shown.add(finding.reason()));
            }
        }
        for (Map.Entry<String, String> other : ELSEWHERE.entrySet()) {
            assertThat(shown).as("those with a pair").doesNotContain(other.getKey());
            assertThat(Files.readString(Path.of("src/test/java/dev/gatehouse/controller", other.getValue() + ".java")))
                    .containsAnyOf('"' + other.getKey() + '"', "Reasons." + constant(other.getKey()));
            shown.add(other.getKey());
        }
        Set<String> all = new HashSet<>();
        for (Field field : Reasons.class.getFields()) {
            all.add((String) field.get(null));
        }
        assertThat(shown).isEqualTo(all);
    }

    private static String constant(String reason) {
        return reason.replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }

    @Test
    void noPairIsLeftWithoutItsInput() throws Exception {
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(file -> file.endsWith(".out.yaml"))
                            .map(file -> file.replace(".out.yaml", "")))
                    .containsExactlyInAnyOrderElementsOf(names().toList());
        }
    }

    private static Snapshot snapshot(World world) {
        return world.snapshot(WorldOptions.folder().defaultFleet());
    }

    /** The shards that an empty folder does not have, and the verdicts. */
    private static Map<String, Object> said(World world) throws Exception {
        Set<Shard> always = new HashSet<>();
        snapshot(new World(WorldOptions.folder())).forEach(always::add);
        Map<String, Object> shards = new TreeMap<>();
        for (Shard shard : snapshot(world).sorted()) {
            if (!always.contains(shard)) {
                shards.put(shard.id().toString(), GoldenText.body(shard.body()));
            }
        }
        Map<String, Object> objects = new TreeMap<>();
        world.verdicts().forEach((key, verdict) -> objects.put(key.toString(), verdict(verdict)));
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("objects", objects);
        all.put("shards", shards);
        return all;
    }

    private static Map<String, Object> verdict(Verdict verdict) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("accepted", verdict.accepted());
        said.put("resolvedRefs", verdict.resolvedRefs());
        Set<String> findings = new TreeSet<>();
        for (Finding finding : verdict.findings()) {
            findings.add(
                    finding.severity() + " " + finding.reason() + " " + finding.field() + ": " + finding.message());
        }
        if (!findings.isEmpty()) {
            said.put("findings", List.copyOf(findings));
        }
        return said;
    }
}
