package dev.gatehouse.dataplane.listen.tls;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Lets one TLS handshake begin in each turn of an event loop, the longest waiting first. What a handshake costs is nearly all in
 * its beginning, and is what dozens of requests cost: without turns, whoever opens many connections at once would keep the
 * requests of all others waiting until the last of these handshakes. Event loop only.
 */
public final class HandshakeTurns {
    private final Consumer<Runnable> nextTurn;
    private final ArrayDeque<HandshakeTurn> waiting = new ArrayDeque<>();
    private boolean taken;

    /** @param nextTurn runs something when the loop has looked at all its connections again */
    public HandshakeTurns(Consumer<Runnable> nextTurn) {
        this.nextTurn = nextTurn;
    }

    /** Whether this turn was free, and is now taken. */
    boolean take() {
        if (taken) {
            return false;
        }
        taken = true;
        nextTurn.accept(this::next);
        return true;
    }

    /** Calls back when it is a connection's turn. */
    void await(HandshakeTurn connection) {
        waiting.add(connection);
    }

    private void next() {
        taken = false;
        while (!waiting.isEmpty()) {
            HandshakeTurn connection = waiting.remove();
            if (connection.isWaiting() && take()) {
                connection.begin();
                return;
            }
        }
    }
}
