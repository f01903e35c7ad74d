package dev.gatehouse.controller.compile;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.TicketKeys;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Tickets;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** Makes the keys of a fleet's session tickets: no fleet can read or make the tickets of another. */
final class TicketCompiler {

    private static final String PURPOSE = "gatehouse session tickets of fleet ";

    private TicketCompiler() {}

    static Shard compile(String listener, FleetKey fleet, TicketKeys keys) {
        Tickets.Builder tickets = Tickets.newBuilder();
        keys.all().forEach(key -> tickets.addKeys(derive(key, fleet)));
        return Shard.of(
                ShardId.tickets(listener),
                ShardBody.newBuilder().setTickets(tickets).build());
    }

    private static ByteString derive(ByteString key, FleetKey fleet) {
        try {
            byte[] derived = KDF.getInstance("HKDF-SHA256")
                    .deriveData(HKDFParameterSpec.ofExtract()
                            .addIKM(key.toByteArray())
                            .thenExpand((PURPOSE + fleet).getBytes(StandardCharsets.UTF_8), TicketKeys.LENGTH));
            return ByteString.copyFrom(derived);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HKDF with SHA-256 (JEP 510)", e);
        }
    }
}
