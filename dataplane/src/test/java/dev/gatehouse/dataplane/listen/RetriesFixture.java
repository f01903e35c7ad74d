package dev.gatehouse.dataplane.listen;

import dev.gatehouse.snapshot.proto.Retries;
import dev.gatehouse.testkit.RecordingBackend;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.UnaryOperator;

/** Data planes whose only rule has {@code retries}, and answers of backends that are worth another try or not. */
final class RetriesFixture {
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood";
    static final String BAD = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nbad";

    private RetriesFixture() {}

    /** Two more tries, and no fewer retries than requests, unless the change says otherwise. */
    static ProxyFixture proxy(UnaryOperator<Retries.Builder> change, RecordingBackend... backends) {
        Retries.Builder retries =
                change.apply(Retries.newBuilder().setAttempts(2).setBudgetPercent(100));
        return new ProxyFixture()
                .route(
                        rule -> rule.setRetries(retries),
                        List.of(backends).stream()
                                .map(RecordingBackend::address)
                                .toArray(InetSocketAddress[]::new));
    }
}
