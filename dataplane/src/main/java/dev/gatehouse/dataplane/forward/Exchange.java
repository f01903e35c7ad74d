package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.grpc.GrpcKind;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.Choice;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.observe.ExchangeObserver;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import io.netty.buffer.ByteBuf;

/**
 * One request and its response, from {@link #begin} until the observer's {@code done}, which is called exactly once: as the client
 * knows it. Reused by its client for one exchange after another. Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // NO_ROUTE and NONE are sentinels
public final class Exchange {
    private static final byte[] NOTHING = {};

    private final Worker worker;
    private final Downstream client;
    private final ExchangeObserver observer;
    private final String listener;
    private final Progress progress;
    private final Filtering filtering;
    private final Caller caller;
    private final Affinity affinity;
    private final Response response;
    private final UpstreamRequest request;

    private ListenerSettings settings;
    /** The client, or what stands before it to speak its language. */
    private Downstream downstream;

    private CompiledRule rule = RoutingTable.NO_ROUTE;
    private boolean active;
    private long startNanos;
    private long bytesIn;

    public Exchange(Worker worker, Downstream client, String listener, ListenerSettings settings) {
        this(worker, client, worker.observer(), listener, settings);
    }

    Exchange(Worker worker, Downstream client, ExchangeObserver observer, String listener, ListenerSettings settings) {
        this.worker = worker;
        this.observer = observer;
        this.client = client;
        this.downstream = client;
        this.listener = listener;
        this.settings = settings;
        Deadlines deadlines = new Deadlines(worker.ticker());
        this.progress = new Progress(deadlines);
        this.filtering = new Filtering(worker);
        this.caller = new Caller(worker.random());
        this.affinity = new Affinity(worker);
        this.response = new Response(worker, filtering, affinity, caller, client);
        this.request = new UpstreamRequest(worker, this, deadlines, progress, response, caller, client, settings);
    }

    /** Of the request that is in progress. */
    public long maxBodyBytes() {
        return filtering.maxBodyBytes();
    }

    /** Whether the exchange has begun and not ended. */
    public boolean active() {
        return active;
    }

    /** Whether a part of the response is on its way. */
    public boolean responseBegun() {
        return progress.isResponseBegun();
    }

    // ---- The request

    /**
     * Routes the request and sends its head to a backend.
     *
     * @param bodyHere how many bytes of the body are at hand already: room is made for them behind the head
     */
    public void begin(
            RequestHead head, int bodyHere, RoutingTable table, ListenerSettings current, Provenance provenance) {
        boolean grpcWeb = hasBody(head)
                && head.method().equals("POST")
                && GrpcKind.of(head).isWeb();
        reset(head, current, grpcWeb ? new GrpcWebDownstream(worker, client, head) : client);
        head.receivedFrom(provenance);
        route(head, bodyHere, table, provenance);
    }

    /**
     * Begins with a copy of what another exchange has composed, for another backend.
     *
     * @param composed the head; a body follows as it comes
     */
    void beginCopy(RequestHead head, HeadBuffer composed, Upstream to, ListenerSettings current) {
        reset(head, current, client);
        rule = CompiledRule.NONE;
        request.compose(head, composed, 0, rule);
        ask(to);
    }

    private static boolean hasBody(RequestHead head) {
        return head.chunked() || head.contentLength() > 0;
    }

    private void reset(RequestHead head, ListenerSettings current, Downstream to) {
        active = true;
        settings = current;
        startNanos = System.nanoTime();
        caller.reset(startNanos);
        bytesIn = 0;
        downstream = to;
        progress.begin(!hasBody(head));
        response.begin(to);
        request.begin(head, to, isTranslated());
    }

    private boolean isTranslated() {
        return downstream != client;
    }

    private void route(RequestHead head, int bodyHere, RoutingTable table, Provenance provenance) {
        rule = table.route(head);
        response.demandTls(provenance.tls() ? rule.hsts() : NOTHING);
        AddedFields added = worker.noFields();
        OwnAnswer own = filtering.begin(rule, head, provenance, settings, added);
        if (own != null) {
            answer(own, added);
            return;
        }
        Selection selection = rule.choice() == Choice.PLAIN
                ? rule.backends().pick()
                : affinity.choose(
                        rule, head, table.sessionKeys(), provenance.isSecure(head, rule.onlyTlsHere()), caller);
        if (!selection.unavailable().isEmpty()) {
            answer(OwnAnswer.plain(503, selection.unavailable()), worker.noFields());
            return;
        }
        HeadBuffer out = worker.headBuffer();
        if (!filtering.compose(rule, head, provenance, affinity, out)) {
            answer(Reason.BAD_REWRITE);
            return;
        }
        request.compose(head, out, bodyHere, rule);
        if (!head.webSocket() && !isTranslated()) {
            filtering.mirror(head, out, downstream.addresses(), listener, settings);
        }
        ask(selection.upstream());
    }

    private void ask(Upstream upstream) {
        Reason nobody = request.ask(rule, upstream, settings);
        if (nobody != Reason.NONE) {
            answer(nobody);
        }
    }

    /** Passes on a part of the request body that stands in a buffer of the caller's. */
    public void requestData(ByteBuf in, int from, int length) {
        bytesIn += length;
        if (active) {
            filtering.requestData(in, from, length);
            progress.requestPart();
            request.data(in, from, length);
        }
    }

    /** The request body is complete. A length of nothing has said so before: the end may still come by itself in HTTP/2. */
    public void requestEnd(FieldSection trailers) {
        if (active && progress.requestEnd()) {
            filtering.requestEnd(trailers);
            request.end(trailers);
        }
    }

    /** The client takes data again, or no more. */
    public void downstreamWritable(boolean writable) {
        request.readResponse(writable);
    }

    // ---- The end

    /** The response is complete. */
    void answered(FieldSection trailers) {
        done(response.reason());
        response.end(trailers);
    }

    /** The client is gone. */
    public void clientGone() {
        if (active) {
            request.giveUp();
            done("client-closed");
        }
    }

    /** Ends the exchange with an answer of Gatehouse's own; where a response has begun, by breaking it off. */
    public void fail(Reason reason) {
        if (!active) {
            return;
        }
        if (progress.isResponseBegun()) {
            request.giveUp(reason);
            done(reason.code());
            downstream.abort(reason);
        } else {
            answer(reason);
        }
    }

    /** Ends the exchange with an answer of Gatehouse's own; no response has begun. */
    void answer(Reason reason) {
        request.giveUp(reason);
        answer(OwnAnswer.plain(reason.status(), reason.code()), worker.noFields());
    }

    private void answer(OwnAnswer own, AddedFields added) {
        OwnAnswer made = response.own(own, added);
        done(made.reason());
        response.end(FieldSection.none());
    }

    private void done(String reason) {
        active = false;
        request.done();
        filtering.done(progress.isRequestSent());
        affinity.done(observer, rule, response.status());
        observer.done(
                listener,
                rule.id(),
                response.status(),
                reason,
                System.nanoTime() - startNanos,
                bytesIn,
                response.bytes());
    }

    /** Acts on deadlines that have passed. */
    public void tick(long nowMillis) {
        if (!active) {
            return;
        }
        Reason over = progress.overdue(nowMillis);
        if (over != Reason.NONE) {
            fail(over);
            return;
        }
        Reason late = progress.overdueTry(nowMillis);
        if (late != Reason.NONE && !request.insteadOfLate()) {
            fail(late);
        }
    }
}
