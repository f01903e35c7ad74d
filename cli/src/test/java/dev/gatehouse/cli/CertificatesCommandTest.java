package dev.gatehouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a person sees of a data plane's certificates. */
class CertificatesCommandTest {

    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

    private static JsonObject certificate(String secret, Instant notAfter, String... names) {
        return new JsonObject()
                .put("secret", secret)
                .put("names", new JsonArray(List.of(names)))
                .put("keyType", "EC")
                .put("fingerprint", "0123456789abcdef0123")
                .put("notAfter", notAfter.toString())
                .put("loadedSince", "2026-02-01T00:00:00.123456Z");
    }

    private static JsonObject soon(Instant from) {
        return certificate("shop/soon", from.plus(Duration.ofHours(30)), "a.example.com");
    }

    private static JsonObject late(Instant from) {
        return certificate(
                        "shop/late",
                        from.plus(Duration.ofDays(80)),
                        "a.example.com",
                        "b.example.com",
                        "c.example.com",
                        "d.example.com")
                .put("firstUsed", "2026-02-02T00:00:00Z")
                .put("stapledUntil", "2026-03-03T00:00:00Z");
    }

    @Test
    void theTableHasAColumnForEverythingAPersonAsks() {
        assertThat(CertificatesCommand.table(List.of(soon(NOW), late(NOW)), NOW))
                .isEqualTo("""
                        SECRET     KEY  LEFT  NOT AFTER             LOADED                FIRST USED            STAPLED UNTIL         SHA-256           NAMES
                        shop/soon  EC   1d    2026-03-02T06:00:00Z  2026-02-01T00:00:00Z  never                 -                     0123456789abcdef  a.example.com
                        shop/late  EC   80d   2026-05-20T00:00:00Z  2026-02-01T00:00:00Z  2026-02-02T00:00:00Z  2026-03-03T00:00:00Z  0123456789abcdef  a.example.com, b.example.com, c.example.com and 1 more
                        2 certificates""");
        assertThat(CertificatesCommand.table(List.of(certificate("a/b", NOW.minusSeconds(1))), NOW))
                .contains("EXPIRED");
    }

    @Test
    void thoseThatEndFirstAreAtTheTopAndCanBeAskedForAlone() throws Exception {
        Instant now = Instant.now();
        byte[] body = new JsonArray(List.of(late(now), soon(now))).encode().getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/certificates", exchange -> {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String admin = "http://127.0.0.1:" + server.getAddress().getPort();
            Commands.Ran all = Commands.run("certificates", "--admin", admin);
            assertThat(all.code()).isZero();
            assertThat(all.out()).containsSubsequence("shop/soon", "shop/late", "2 certificates");
            Commands.Ran ending = Commands.run("certificates", "--admin", admin, "--within", "P14D");
            assertThat(ending.code()).isEqualTo(1);
            assertThat(ending.out()).contains("shop/soon").doesNotContain("shop/late");
            assertThat(Commands.run("certificates", "--admin", admin, "--within", "PT1H")
                            .code())
                    .isZero();
            assertThat(new JsonArray(Commands.run("certificates", "--admin", admin, "--json")
                            .out()))
                    .hasSize(2);
        } finally {
            server.stop(0);
        }
        Commands.Ran gone = Commands.run(
                "certificates",
                "--admin",
                "http://127.0.0.1:" + server.getAddress().getPort());
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).contains("--admin must be the admin port of a running data plane");
    }
}
