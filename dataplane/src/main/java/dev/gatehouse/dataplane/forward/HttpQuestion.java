package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.BitSet;

/** A GET, whose status must be one of some. */
final class HttpQuestion implements Question {
    private static final byte[] NO_BODY = {};

    private final byte[] head;
    private final BitSet statuses;
    private int status;

    HttpQuestion(HealthCheck.Ask.Http http, InetSocketAddress address) {
        String host = http.host().isEmpty() ? Question.host(address) : http.host();
        this.head = Question.ascii(
                "GET " + http.path() + " HTTP/1.1\r\nHost: " + host + "\r\nuser-agent: gatehouse-health\r\n\r\n");
        this.statuses = http.statuses();
    }

    @Override
    public void head(HeadBuffer out) {
        out.append(head);
    }

    @Override
    public byte[] body() {
        return NO_BODY;
    }

    @Override
    public void answered(ResponseHead answer) {
        status = answer.status();
    }

    @Override
    public void data(ByteBuf in, int from, int length) {
        // The status says it all.
    }

    @Override
    public String verdict(FieldSection trailers) {
        return statuses.get(status) ? "" : "status-" + status;
    }
}
