package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.table.ListenerSettings;

/** The connections of one event loop to one endpoint. Event loop only. */
interface EndpointPool {
    /** Gives the request a link now, later, or tells it that there is none. */
    void acquire(UpstreamRequest request, ListenerSettings settings, boolean fresh);

    /** The request waits for a link no longer. */
    void stopWaiting(UpstreamRequest request);

    /** Closes what is idle, and the rest as it becomes idle. */
    void close();
}
