package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http2.ClosedStreams;
import dev.gatehouse.dataplane.http2.ErrorCode;
import dev.gatehouse.dataplane.http2.FlowWindows;
import dev.gatehouse.dataplane.http2.Http2Exception;
import dev.gatehouse.dataplane.http2.Setting;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one HTTP/2 connection: those that are open, and how those ended that were closed last. Event loop only.
 *
 * @param <S> the streams
 */
final class StreamTable<S extends Http2Stream> {
    private final IntObjectMap<S> open = new IntObjectHashMap<>();
    private final ClosedStreams closed = new ClosedStreams();
    private int initialWindow = FlowWindows.DEFAULT_BYTES;
    private boolean resuming;
    private int turn;

    int size() {
        return open.size();
    }

    @Nullable
    S get(int streamId) {
        return open.get(streamId);
    }

    /** Those that are open now; more may be opened and closed meanwhile. */
    List<S> all() {
        return new ArrayList<>(open.values());
    }

    /** @param receiveBytes what there is room for of the stream's data */
    void add(S stream, int receiveBytes) {
        stream.opened(initialWindow, receiveBytes);
        open.put(stream.id(), stream);
    }

    /** Takes a stream out; null if it is out already. */
    @Nullable
    S remove(int streamId, ClosedStreams.End end) {
        S removed = open.remove(streamId);
        if (removed != null) {
            closed.add(streamId, end);
        }
        return removed;
    }

    /** How a stream ended that is not open. */
    ClosedStreams.End end(int streamId) {
        return closed.end(streamId);
    }

    /** What may still be on its way for a stream that never began is nobody's fault (RFC 9113, 5.1). */
    void ignore(int streamId) {
        if (closed.end(streamId) == ClosedStreams.End.UNKNOWN) {
            closed.add(streamId, ClosedStreams.End.BY_US);
        }
    }

    /**
     * The peer wants streams to begin with another window, and those that are open to be adjusted (RFC 9113, 6.9.2).
     *
     * @throws Http2Exception if one would grow beyond what there may be
     */
    void initialWindow(int bytes) {
        int difference = bytes - initialWindow;
        initialWindow = bytes;
        for (S stream : all()) {
            Setting.need(stream.widen(difference), ErrorCode.FLOW_CONTROL_ERROR);
        }
    }

    /** Lets all of them send what has waited. Each time another one is the first: where room is scarce it takes what there is. */
    void resume() {
        if (resuming || open.isEmpty()) {
            return;
        }
        resuming = true;
        List<S> all = all();
        int first = Math.floorMod(turn++, all.size());
        for (int i = 0; i < all.size(); i++) {
            all.get((first + i) % all.size()).resume();
        }
        resuming = false;
    }
}
