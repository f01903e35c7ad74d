package dev.gatehouse.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.google.protobuf.ByteString;
import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.model.KeyPurpose;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.dataplane.boot.DataPlane;
import dev.gatehouse.dataplane.boot.DataPlaneConfig;
import dev.gatehouse.dataplane.control.ApplyResult;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.Snapshot;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Tickets;
import dev.gatehouse.testkit.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Nothing that is said at any level of logging, or shown, holds a piece of a key of session tickets. */
class TicketKeysAreSecretTest {

    /** Enough of a key that it cannot be there by chance. */
    private static final int PIECE = 8;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private static List<ByteString> keys(Snapshot snapshot) throws Exception {
        return snapshot.get(ShardId.tickets("https"))
                .orElseThrow()
                .body()
                .getTickets()
                .getKeysList();
    }

    /** Every way in which the beginning of a key could be written. */
    static List<String> pieces(List<ByteString> keys) {
        List<String> pieces = new ArrayList<>();
        for (ByteString key : keys) {
            byte[] begin = Arrays.copyOf(key.toByteArray(), PIECE);
            pieces.add(HexFormat.of().formatHex(begin));
            pieces.add(HexFormat.ofDelimiter(":").formatHex(begin));
            // The last digit says something of the octet behind as well.
            pieces.add(
                    Base64.getEncoder().withoutPadding().encodeToString(begin).substring(0, 10));
            String numbers = Arrays.toString(begin);
            pieces.add(numbers.substring(1, numbers.length() - 1));
            pieces.add(new String(begin, StandardCharsets.ISO_8859_1));
            // As protobuf prints octets.
            String printed = ByteString.copyFrom(begin).toString();
            pieces.add(printed.substring(printed.indexOf("contents=") + 10, printed.length() - 2));
        }
        return pieces.stream().map(piece -> piece.toLowerCase(Locale.ROOT)).toList();
    }

    @Test
    void noOutputHoldsAPieceOfAKeyOfSessionTickets() throws Exception {
        SharedKeys first = SharedKeys.create(KeyPurpose.SESSION_TICKETS, new SecureRandom());
        SharedKeys second = first.successor(new SecureRandom());
        World world = new World(WorldOptions.folder());
        List<ByteString> secrets = new ArrayList<>(second.all());
        secrets.addAll(first.all());
        StringBuilder shown = new StringBuilder();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Level level = root.getLevel();
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (PrintStream recorder = new PrintStream(said, true, StandardCharsets.ISO_8859_1)) {
            System.setOut(recorder);
            System.setErr(recorder);
            root.setLevel(Level.TRACE);
            LoggerFactory.getLogger(getClass()).trace("event=recording");
            try (DataPlane plane = DataPlane.start(new DataPlaneConfig(
                    "127.0.0.1",
                    0,
                    0,
                    0,
                    1,
                    Optional.empty(),
                    Duration.ZERO,
                    Duration.ofSeconds(5),
                    "",
                    Optional.empty()))) {
                for (SharedKeys keys : List.of(first, second)) {
                    Outcome outcome = world.renew(keys);
                    Snapshot next = world.snapshot(WorldOptions.folder().defaultFleet());
                    secrets.addAll(keys(next));
                    Snapshot.Difference difference =
                            plane.receiver().announced().differenceTo(next);
                    ApplyResult result =
                            plane.receiver().apply(difference.updates(), difference.removed(), next.root());
                    assertThat(result.refused()).isEmpty();
                    shown.append(keys).append(outcome).append(difference).append(result);
                    plane.awaitListening();
                    shown.append(Gatehouse.web(plane)
                            .getSecurely("nobody.example.com", "/")
                            .rawBody());
                }
                // One key cut short: refused, with a reason.
                Shard cut = Shard.of(
                        ShardId.tickets("https"),
                        ShardBody.newBuilder()
                                .setTickets(Tickets.newBuilder()
                                        .addKeys(second.current().substring(0, SharedKeys.LENGTH - 1)))
                                .build());
                ApplyResult refused = plane.receiver()
                        .apply(
                                List.of(cut),
                                List.of(),
                                plane.receiver()
                                        .announced()
                                        .with(List.of(cut), List.of())
                                        .root());
                assertThat(refused.refused()).hasSize(1);
                shown.append(refused).append(cut);
                for (String page : List.of("/livez", "/readyz", "/metrics", "/snapshot", "/certificates", "/nothing")) {
                    try (RawClient client = RawClient.connect(plane.port("admin"))) {
                        client.send("GET " + page + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                        shown.append(client.readToEnd());
                    }
                }
            }
        } finally {
            System.setOut(out);
            System.setErr(err);
            root.setLevel(level);
        }
        String all = (shown + said.toString(StandardCharsets.ISO_8859_1)).toLowerCase(Locale.ROOT);
        assertThat(all)
                .contains("event=recording")
                .contains("tickets/https")
                .contains("gatehouse_tls_handshakes_total")
                .contains("need keys of 32 bytes");
        assertThat(all).doesNotContain(pieces(secrets));
        // The search itself finds keys where they are.
        assertThat(String.valueOf(secrets.getFirst()).toLowerCase(Locale.ROOT))
                .containsAnyOf(pieces(secrets).toArray(String[]::new));
    }
}
