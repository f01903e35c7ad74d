package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Member;
import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.HeadLimits;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Sends a question as requests are sent: by an exchange, to an upstream of its own with one endpoint. The connection is kept for
 * the next time.
 */
final class HttpProbe extends Probe implements Downstream {
    /** Of an answer, for the sake of using the connection again. */
    private static final int MAX_READ = 65_536;

    private final Question question;
    private final Upstream asked;
    private final Endpoint endpoint;
    private final Exchange exchange;
    private String problem = "";
    private boolean answered;
    private int read;

    HttpProbe(
            Worker worker,
            HealthCheck check,
            String upstream,
            InetSocketAddress address,
            Transport transport,
            Question question) {
        super(worker, check);
        this.question = question;
        this.asked = new Upstream(upstream);
        asked.replace(transport, List.of(Member.of(address)), List.of());
        this.endpoint = asked.endpoints().getFirst();
        this.exchange = new Exchange(worker, this, new Unobserved() {}, "", settings());
    }

    @Override
    protected void ask() {
        problem = "";
        answered = false;
        read = 0;
        HeadBuffer out = worker.headBuffer();
        question.head(out);
        RequestHead head = worker.composedHead();
        head.reset(0);
        if (head.parse(out.bytes(), out.length(), new HeadLimits(out.length(), Integer.MAX_VALUE, out.length())) < 0) {
            throw new IllegalStateException("a head of our own making is refused: " + head.reason());
        }
        exchange.beginCopy(head, out, asked, settings());
        if (question.body().length > 0 && exchange.active()) {
            ByteBuf body = Unpooled.wrappedBuffer(question.body());
            exchange.requestData(body, 0, body.readableBytes());
            exchange.requestEnd(FieldSection.none());
            body.release();
        }
    }

    @Override
    protected void giveUp() {
        exchange.clientGone();
    }

    @Override
    protected void closeConnections() {
        worker.closePool(endpoint);
    }

    @Override
    public ProxiedAddresses addresses() {
        return ProxiedAddresses.LOCAL;
    }

    @Override
    public void informational(ResponseHead head) {}

    @Override
    public void responseHead(ResponseHead head, AddedFields added) {
        answered = true;
        question.answered(head);
    }

    @Override
    public void responseData(ByteBuf in, int from, int length) {
        question.data(in, from, length);
        read += length;
        if (read > MAX_READ) {
            giveUp();
            answered(question.verdict(FieldSection.none()));
        }
    }

    @Override
    public void responseEnd(FieldSection trailers) {
        answered(answered ? question.verdict(trailers) : problem);
    }

    @Override
    public int answer(OwnAnswer answer, AddedFields added) {
        problem = answer.reason();
        return 0;
    }

    @Override
    public void abort(Reason reason) {
        answered(reason.code());
    }

    @Override
    public void switchProtocols(ResponseHead head, AddedFields added) {
        throw new IllegalStateException("no probe asks for a WebSocket");
    }

    @Override
    public boolean extendedConnect() {
        return false;
    }

    @Override
    public void readRequestBody(boolean reading) {}

    @Override
    public boolean isWritable() {
        return true;
    }
}
