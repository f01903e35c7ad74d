package dev.gatehouse.dataplane.forward;

import org.jspecify.annotations.Nullable;

/**
 * What an exchange holds of the connections to an endpoint: a place in a pool's queue, a connection that is being made, or a link
 * that is open; at most one of them. Reused for one exchange after another. Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // This link is meant, not one like it.
final class Lease {
    private @Nullable EndpointPool queue;
    private @Nullable UpstreamConnection dialing;
    private @Nullable UpstreamLink link;

    /** The exchange waits for its turn. */
    void queued(EndpointPool pool) {
        queue = pool;
    }

    /** It is its turn, or nobody's any more. */
    void dequeued() {
        queue = null;
    }

    /** A connection is being made for the exchange alone. */
    void dialing(UpstreamConnection connection) {
        dialing = connection;
    }

    /** There will be no connection. */
    void failed() {
        dialing = null;
    }

    void opened(UpstreamLink opened) {
        dialing = null;
        link = opened;
    }

    /** What the exchange sends over; null while it has none. */
    @Nullable
    UpstreamLink link() {
        return link;
    }

    /** Whether this is the link still: sending over it can end the exchange, and its client may have begun the next one. */
    boolean holds(UpstreamLink one) {
        return link == one;
    }

    /** The link has ended by itself. What it was; null if there was none. */
    @Nullable
    UpstreamLink ended() {
        UpstreamLink was = link;
        link = null;
        return was;
    }

    /** Gives back the link over which an answer came that is not wanted. */
    void decline() {
        if (link != null) {
            link.decline();
            link = null;
        }
    }

    /** Gives back what there is, whatever it is. */
    void release(UpstreamRequest holder) {
        if (queue != null) {
            queue.stopWaiting(holder);
            queue = null;
        }
        if (dialing != null) {
            dialing.abandon();
            dialing = null;
        }
        if (link != null) {
            link.abandon();
            link = null;
        }
    }
}
