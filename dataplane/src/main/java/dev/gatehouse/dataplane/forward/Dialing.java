package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.table.ListenerSettings;

/** Opens connections of one event loop to one endpoint. Event loop only. */
@FunctionalInterface
interface Dialing {
    /** Opens the connection, which is told when it is open or that it cannot be. */
    void dial(Dialed connection, ListenerSettings settings);
}
