package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.boot.DataPlaneConfig;
import dev.gatehouse.snapshot.Snapshot;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse validate}: what an apply would do. */
class ValidateCommandTest {

    private static final Path EXAMPLE = Path.of("../examples/proxyroute/route.yaml");

    private static final String OTHER = """
            apiVersion: gatehouse.dev/v1alpha1
            kind: ProxyRoute
            metadata: {name: other, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
            spec:
              ingressClassName: gatehouse
              hosts: [localhost]
              rules:
              - matches: [{path: {prefix: /api}}, {path: {prefix: /extra}}]
                backends: [{service: stable, port: http}]
            """;

    @TempDir
    private Path folder;

    @BeforeEach
    void copyTheExample() throws IOException {
        Files.copy(EXAMPLE, folder.resolve("route.yaml"));
    }

    @Test
    void aGoodFolderIsAccepted() {
        Commands.Ran ran = validate();
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("ProxyRoute shop/shop: accepted").doesNotContain("What would change");
    }

    @Test
    void aBrokenFileIsToldWithPlaceAndNearestName() throws IOException {
        edit("requestHeaders", "requestHeader");
        Commands.Ran ran = validate();
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .contains("route.yaml:15: error: spec.rules[0].filters[1] has no field 'requestHeader';"
                        + " did you mean 'requestHeaders'?");
    }

    @Test
    void whoLosesToWhomIsTold() throws IOException {
        Files.writeString(folder.resolve("other.yaml"), OTHER);
        Commands.Ran ran = validate();
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.out())
                .contains("ProxyRoute shop/other: accepted")
                .contains(
                        "other.yaml:8: error HostPathTaken: spec.rules[0].matches[0] asks for 'prefix /api' of the host"
                                + " localhost, which is taken by the older ProxyRoute shop/shop (spec.rules[1].matches[0])");
        JsonObject finding = json().getJsonArray("objects")
                .getJsonObject(0)
                .getJsonArray("findings")
                .getJsonObject(0);
        assertThat(finding.getString("reason")).isEqualTo("HostPathTaken");
        assertThat(finding.getBoolean("conflict")).isTrue();
    }

    @Test
    void anErrorOfAPartIsAnErrorAndAWarningIsNone() throws IOException {
        edit("{service: next, port: 80, weight: 1}", "{service: nobody, port: 80, weight: 1}");
        Commands.Ran missing = validate();
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.out())
                .contains("ProxyRoute shop/shop: accepted")
                .contains("route.yaml:25: error ServiceNotFound: spec.rules[1].backends[1].service names the Service"
                        + " shop/nobody, which does not exist");
    }

    @Test
    void anotherFolderIsComparedRuleByRule() throws IOException {
        Path next = Files.createDirectory(folder.resolve("next"));
        Files.copy(folder.resolve("route.yaml"), next.resolve("route.yaml"));
        Commands.Ran same = Commands.run("validate", next.toString(), "--against", folder.toString());
        assertThat(same.code()).isZero();
        assertThat(same.out()).contains("What would change:\n  nothing");

        Path file = next.resolve("route.yaml");
        String text = Files.readString(file);
        Files.writeString(
                file,
                text.replace("weight: 9", "weight: 8")
                        .replace("name: gold\n", "name: golden\n")
                        .replace("hosts: [localhost]", "hosts: [localhost, shop.example.com]"));
        Commands.Ran ran = Commands.run("validate", next.toString(), "--against", folder.toString());
        assertThat(ran.code()).isEqualTo(3);
        assertThat(ran.out())
                .containsSubsequence(
                        "  ~ host localhost",
                        "      + ProxyRoute/shop/shop#golden.matches[0]: path prefix /api, header x-tier gold; rewrite: prefix /v2",
                        "      ~ ProxyRoute/shop/shop#everyone.matches[0]",
                        "          was path prefix /api -> 9 shop/stable/80, 1 shop/next/80",
                        "          now path prefix /api -> 8 shop/stable/80, 1 shop/next/80",
                        "      - ProxyRoute/shop/shop#gold.matches[0]",
                        "  + host shop.example.com");
        Files.delete(file);
        assertThat(Commands.run("validate", next.toString(), "--against", folder.toString())
                        .out())
                .contains("  - host localhost", "- ProxyRoute/shop/shop#everyone.matches[0]");
    }

    @Test
    void aRunningDataPlaneKeepsWhatTheFolderDoesNotHave() throws IOException {
        Files.writeString(folder.resolve("other.yaml"), OTHER.replace("{path: {prefix: /api}}, ", ""));
        try (DataPlane plane = DataPlane.start(new DataPlaneConfig(
                "127.0.0.1",
                0,
                0,
                0,
                1,
                Optional.empty(),
                Duration.ZERO,
                Duration.ofSeconds(1),
                "",
                Optional.empty()))) {
            Snapshot served = snapshot();
            plane.receiver().apply(served.sorted(), List.of(), served.root());
            String admin = "http://127.0.0.1:" + plane.port("admin");
            Files.delete(folder.resolve("other.yaml"));
            Commands.Ran same = validate("--against", admin);
            assertThat(same.err()).isEmpty();
            assertThat(same.code()).isZero();
            assertThat(same.out()).contains("  nothing", "  1 rules of objects that are not in the folder stay");

            edit("prefix: /api}\n    backends", "prefix: /extra}\n    backends");
            Commands.Ran loses = validate("--against", admin);
            assertThat(loses.code()).isEqualTo(1);
            assertThat(loses.out())
                    .contains("- ProxyRoute/shop/shop#everyone.matches[0]")
                    .contains(
                            "  ! ProxyRoute shop/shop spec.rules[1].matches[0] asks for 'path prefix /extra' of the host"
                                    + " localhost, which is served for ProxyRoute shop/other spec.rules[0].matches[0];"
                                    + " the older of the two keeps it");
        }
        assertThat(validate("--against", "http://127.0.0.1:1").err()).contains("does not answer");
    }

    private Commands.Ran validate(String... options) {
        String[] arguments = new String[options.length + 2];
        arguments[0] = "validate";
        arguments[1] = folder.toString();
        System.arraycopy(options, 0, arguments, 2, options.length);
        return Commands.run(arguments);
    }

    private JsonObject json() {
        return new JsonObject(validate("-o", "json").out());
    }

    private Snapshot snapshot() {
        WorldOptions options = WorldOptions.folder();
        World world = new World(options);
        try (FolderSource source = new FolderSource(folder)) {
            world.apply(source.look().changes());
        }
        return world.snapshot(options.defaultFleet());
    }

    private void edit(String before, String after) throws IOException {
        Path path = folder.resolve("route.yaml");
        String text = Files.readString(path);
        assertThat(text).contains(before);
        Files.writeString(path, text.replace(before, after));
    }
}
