package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.table.ListenerSettings;

/** The connections of one event loop to one endpoint. Event loop only. */
interface EndpointPool {
    /** Gives the exchange a link now, later, or tells it that there is none. */
    void acquire(Exchange exchange, ListenerSettings settings, boolean fresh);

    /** The exchange waits for a link no longer. */
    void stopWaiting(Exchange exchange);

    /** Closes what is idle, and the rest as it becomes idle. */
    void close();
}
