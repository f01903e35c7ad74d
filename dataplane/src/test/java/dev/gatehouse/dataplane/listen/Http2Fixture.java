package dev.gatehouse.dataplane.listen;

import dev.gatehouse.snapshot.proto.Upstream;
import dev.gatehouse.testkit.RecordingBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A data plane that speaks HTTP/2 in clear text with both sides, to backends that follow a script. */
final class Http2Fixture implements AutoCloseable {
    /** What a backend does with one connection. */
    @FunctionalInterface
    interface Script {
        void serve(FramePeer peer, int connection) throws IOException, InterruptedException;
    }

    private final ProxyFixture proxy = new ProxyFixture().listener(settings -> settings.setHttp2Cleartext(true));
    private final List<RecordingBackend> backends = new CopyOnWriteArrayList<>();

    ProxyFixture proxy() {
        return proxy;
    }

    /** The only endpoint of the service to which everything goes. */
    RecordingBackend backend(Script script, int... settings) {
        return backends(settings, script).getFirst();
    }

    /** Endpoints of one service; each script is one. */
    List<RecordingBackend> backends(int[] settings, Script... scripts) {
        List<RecordingBackend> all = Arrays.stream(scripts)
                .map(script -> RecordingBackend.scripted(conversation -> {
                    try (FramePeer peer = FramePeer.server(conversation, settings)) {
                        script.serve(peer, conversation.number());
                        peer.awaitClose();
                    }
                }))
                .toList();
        backends.addAll(all);
        proxy.routeTo(all.stream().map(RecordingBackend::address).toArray(InetSocketAddress[]::new))
                .upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
        return all;
    }

    FramePeer client() {
        return FramePeer.client(proxy.port());
    }

    /** Waits for a request and answers it. */
    static void answer(FramePeer peer, int streamId, String body) {
        peer.message(streamId);
        peer.hold()
                .headers(streamId, false, ":status: 200")
                .data(streamId, true, body)
                .release();
    }

    @Override
    public void close() {
        proxy.close();
        backends.forEach(RecordingBackend::close);
    }
}
