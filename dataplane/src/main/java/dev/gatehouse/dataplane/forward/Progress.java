package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.Reason;

/**
 * How far the request and the response of an exchange have come, whose turn it is to go on, and whether that takes too long. Reused
 * for one exchange after another. Event loop only.
 */
final class Progress {
    /** Interim responses to one request. They move the deadline, so that there must be an end of them. */
    private static final int MAX_INTERIM = 100;

    private final Deadlines deadlines;
    private boolean requestSent;
    private boolean responseBegun;
    private boolean tunnel;
    /** Whether the client said that it is done when that was known or, for a WebSocket, before it was open. */
    private boolean endedBefore;
    /** Whether the backend does not take what it is sent. */
    private boolean stalled;
    /** Whether the client does not take what there is, so that nothing more is read from the backend. */
    private boolean paused;

    private int interim;

    Progress(Deadlines deadlines) {
        this.deadlines = deadlines;
    }

    /** @param whole whether the head is all there is of the request */
    void begin(boolean whole) {
        requestSent = whole;
        responseBegun = false;
        tunnel = false;
        endedBefore = false;
        stalled = false;
        paused = false;
        interim = 0;
        deadlines.endWait();
    }

    /** Whether all of the request has come. */
    boolean isRequestSent() {
        return requestSent;
    }

    /** Whether a part of the response is on its way to the client. */
    boolean isResponseBegun() {
        return responseBegun;
    }

    /** Whether the client has seen nothing yet of what this backend has answered. */
    boolean mayBeginAgain() {
        return interim == 0 && !responseBegun;
    }

    // ---- What happens

    /** There is a connection to the backend. */
    void connected() {
        stalled = false;
        passed();
    }

    void backendTakes(boolean takes) {
        stalled = !takes;
        passed();
    }

    void clientTakes(boolean takes) {
        paused = !takes;
        passed();
    }

    /** A part of the body has come from the client, whose own deadlines are its connection's. */
    void requestPart() {
        if (tunnel) {
            passed();
        }
    }

    /** The client has said everything; false if that was known. */
    boolean requestEnd() {
        if (requestSent) {
            endedBefore = true;
            return false;
        }
        requestSent = true;
        passed();
        return true;
    }

    /** An interim response has come; false if there were too many. */
    boolean interim() {
        if (++interim > MAX_INTERIM) {
            return false;
        }
        passed();
        return true;
    }

    /** The response begins. */
    void answered() {
        responseBegun = true;
        deadlines.answered();
    }

    /** From now on octets pass both ways. Whether the client has ended its side before. */
    boolean switched() {
        responseBegun = true;
        tunnel = true;
        requestSent = false;
        passed();
        return endedBefore;
    }

    /** Something has passed: whoever's turn it is has time again. */
    void passed() {
        if (tunnel) {
            deadlines.extendTunnel(isClosingTunnel() || stalled);
        } else {
            deadlines.extend(wantsAnswer());
        }
    }

    // ---- Whose turn it is

    /** Whether the backend has the whole request, and the client nothing of the answer. */
    private boolean wantsAnswer() {
        return requestSent && !responseBegun;
    }

    /** Whether it is the backend's turn to end a tunnel. */
    private boolean isClosingTunnel() {
        return tunnel && requestSent;
    }

    /** Whether it is for the backend to go on, and not for the client. */
    private boolean waitsForBackend() {
        return (requestSent || stalled) && !paused;
    }

    /** Why the exchange has to end now, whoever else might be asked; {@link Reason#NONE} if it has time. */
    Reason overdue(long nowMillis) {
        if (deadlines.isPoolLate(nowMillis)) {
            return Reason.POOL_FULL;
        }
        if (tunnel) {
            if (!deadlines.isSilent(nowMillis)) {
                return Reason.NONE;
            }
            return stalled || isClosingTunnel() ? Reason.REQUEST_TIMEOUT : Reason.TUNNEL_IDLE;
        }
        return deadlines.isWholeLate(nowMillis) ? Reason.REQUEST_TIMEOUT : Reason.NONE;
    }

    /** Why this backend has had its time, where another might be asked; {@link Reason#NONE} if it has not. */
    Reason overdueTry(long nowMillis) {
        if (tunnel) {
            return Reason.NONE;
        }
        if (deadlines.isTryLate(nowMillis)) {
            return Reason.TRY_TIMEOUT;
        }
        return deadlines.isSilent(nowMillis) && waitsForBackend() ? deadlines.silence(wantsAnswer()) : Reason.NONE;
    }
}
