package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.SharedKeys;
import dev.gatehouse.snapshot.Shard;
import dev.gatehouse.snapshot.ShardId;
import dev.gatehouse.snapshot.proto.ShardBody;
import dev.gatehouse.snapshot.proto.Tickets;

/** Makes the keys of a fleet's session tickets. */
final class TicketCompiler {

    private TicketCompiler() {}

    static Shard compile(String listener, FleetKey fleet, SharedKeys keys) {
        return Shard.of(
                ShardId.tickets(listener),
                ShardBody.newBuilder()
                        .setTickets(Tickets.newBuilder().addAllKeys(FleetKeys.derive(keys, fleet)))
                        .build());
    }
}
