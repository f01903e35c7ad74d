package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Exchange;
import dev.gatehouse.dataplane.forward.Outlet;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.table.RoutingTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/**
 * A client's HTTP/1.1 connection: reads one request after another and answers them in order. What a client sends ahead of its
 * turn waits in at most one read's worth of memory. Event loop only.
 */
@SuppressWarnings({
    "NullAway.Init", // What needs the channel is set in handlerAdded, before any other event.
    "FutureReturnValueIgnored" // A failed write or close ends in channelInactive.
})
final class ClientConnection extends ChannelInboundHandlerAdapter
        implements Http1RequestReader.Receiver, Timed, ServedConnection {
    private enum State {
        HEAD,
        BODY,
        /** The request is complete, its response is not. */
        ANSWERING,
        /** An open WebSocket: octets pass as they are. */
        TUNNEL,
        /** The last response is sent; what still comes is read and dropped, so that no reset destroys the response. */
        LINGERING,
        CLOSED
    }

    private static final int LINGER_MILLIS = 2_000;

    private final Worker worker;
    private final Listener listener;
    private final Http1RequestReader reader;
    private final BodyPatience patience;
    private final InputEnd inputEnd = new InputEnd();
    private ChannelHandlerContext context;
    private ConnectionSettings settings;
    private Outlet outlet;
    private Exchange exchange;
    private Http1Response response;

    private State state = State.HEAD;
    /** What the client has sent ahead of its turn. */
    private ByteBuf ahead = Unpooled.EMPTY_BUFFER;

    private int requests;
    private boolean bodyAtHand;
    private boolean processing;
    private boolean reading = true;
    private boolean bodyWanted = true;
    private boolean keepAlive;
    /** For a head, or for what is left to do when there is none. */
    private long deadlineMillis;

    private long writeDeadlineMillis = Long.MAX_VALUE;
    private int slot = -1;

    ClientConnection(Worker worker, Listener listener) {
        this.worker = worker;
        this.listener = listener;
        this.reader = new Http1RequestReader(worker, this);
        this.patience = new BodyPatience(worker.ticker());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        outlet = new Outlet(worker, added);
        response = new Http1Response(worker, this, outlet);
        worker.ticker().add(this); // first: the ticker's time stands still without entries
        settings = new ConnectionSettings(
                listener, added.channel(), worker.ticker().nowMillis(), worker.random());
        exchange = new Exchange(worker, response, listener.name(), settings.listener());
        if (!listener.tls()) {
            added.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        }
        deadlineIn(settings.listener().headerTimeoutMs());
    }

    private void deadlineIn(long millis) {
        deadlineMillis = worker.ticker().nowMillis() + millis;
    }

    // ---- What the client sends

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (!ahead.isReadable()) {
                process(in);
            }
            if (in.isReadable() && state != State.CLOSED) {
                keep(in);
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        worker.flush();
    }

    private void process(ByteBuf in) {
        processing = true;
        while (in.isReadable() && !waits()) {
            switch (state) {
                case HEAD -> head(in);
                case BODY -> reader.body(in, exchange.maxBodyBytes());
                case TUNNEL -> reader.octets(in);
                case ANSWERING, LINGERING, CLOSED -> in.skipBytes(in.readableBytes());
            }
        }
        processing = false;
    }

    /** Whether what comes next has to wait: for the response in progress, or for the client to take the responses before. */
    private boolean waits() {
        return state == State.ANSWERING || (state == State.HEAD && !isWritable());
    }

    private void keep(ByteBuf in) {
        ByteBuf kept = ahead.isReadable() ? ahead : worker.allocator().directBuffer(in.readableBytes());
        ahead = kept.writeBytes(in);
        updateReading();
    }

    private void processAhead() {
        if (processing || !ahead.isReadable()) {
            return;
        }
        ByteBuf kept = ahead;
        process(kept);
        if (!kept.isReadable()) {
            ahead = Unpooled.EMPTY_BUFFER;
            kept.release();
            updateReading();
            if (inputEnd.isSeen()) {
                nothingFollows();
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnd.seen(exchange.responseBegun(), worker.ticker().nowMillis());
            updateReading();
            if (!ahead.isReadable()) {
                nothingFollows();
            }
            worker.flush();
        }
    }

    /**
     * The client will send no more. That does not end a message, nor does it say that no answer is wanted (RFC 9112, 9.6); but
     * what is incomplete now stays so.
     */
    private void nothingFollows() {
        switch (state) {
            case HEAD, LINGERING -> close();
            case BODY -> {
                exchange.clientGone();
                breakOff();
            }
            case ANSWERING, TUNNEL -> exchange.requestEnd(FieldSection.none());
            case CLOSED -> {}
        }
    }

    private void head(ByteBuf in) {
        settings.table(); // what it says of heads is in force from here on
        boolean began = reader.isWithinHead();
        reader.head(in, settings.limits());
        if (!began && reader.isWithinHead()) {
            deadlineIn(settings.listener().headerTimeoutMs());
        }
    }

    @Override
    public void requestHead(RequestHead head, int readable) {
        response.begin(head);
        keepAlive = head.keepAlive() && ++requests < settings.listener().maxRequestsPerConnection();
        RoutingTable table = settings.table();
        Reason misdirected = settings.judge(head);
        if (misdirected != Reason.NONE) {
            refuse(misdirected);
            return;
        }
        int bodyHere = 0;
        if (head.chunked() || head.contentLength() > 0) {
            state = State.BODY;
            reader.beginBody(head);
            bodyHere = reader.bodyHere(readable);
            bodyAtHand = reader.isBodyHere(readable);
            patience.begin(settings.listener());
        } else {
            state = State.ANSWERING;
            bodyAtHand = true;
        }
        exchange.begin(head, bodyHere, table, settings.listener(), settings.provenance());
    }

    @Override
    public void headRefused(Reason reason) {
        response.beginUnread();
        refuse(reason);
    }

    /** Answers a request that never became an exchange with a backend. */
    private void refuse(Reason reason) {
        keepAlive = false;
        bodyAtHand = false;
        state = State.BODY;
        int length = response.answer(OwnAnswer.plain(reason.status(), reason.code()), worker.noFields());
        worker.observer().done(listener.name(), "", reason.status(), reason.code(), 0, 0, length);
        lingerAndClose();
    }

    @Override
    public void requestData(ByteBuf in, int from, int length) {
        patience.received(length, settings.listener());
        exchange.requestData(in, from, length);
    }

    @Override
    public void requestEnd(FieldSection trailers) {
        if (exchange.active()) {
            state = State.ANSWERING;
            exchange.requestEnd(trailers);
        } else if (state == State.BODY) { // the last part of it may have ended the connection
            nextRequest();
        }
    }

    @Override
    public void bodyRefused(Reason reason) {
        keepAlive = false;
        if (exchange.active()) {
            exchange.fail(reason);
        } else {
            lingerAndClose();
        }
    }

    // ---- What becomes of the connection with a response

    /** Who the connection is from and what it was opened to. */
    ProxiedAddresses addresses() {
        return settings.addresses();
    }

    /** Whether it could take another request behind the response that is to begin. */
    boolean staysOpen() {
        return keepAlive
                && !isLast()
                && !worker.draining()
                && !settings.isOld(worker.ticker().nowMillis())
                && (state == State.ANSWERING || bodyAtHand);
    }

    private boolean isLast() {
        return inputEnd.isSeen() && !ahead.isReadable();
    }

    /** A WebSocket is open. */
    void switched() {
        state = State.TUNNEL;
        processAhead();
    }

    /** A part of the response goes out. */
    void sending() {
        if (inputEnd.isSeen()) {
            inputEnd.sent(worker.ticker().nowMillis());
        }
    }

    /** The response is complete. */
    void responded(boolean keepsAlive) {
        bodyWanted = true;
        if (keepsAlive) {
            if (state == State.ANSWERING) {
                nextRequest();
            }
        } else if (state == State.TUNNEL || (state == State.ANSWERING && !ahead.isReadable())) {
            close();
        } else {
            lingerAndClose();
        }
    }

    private void nextRequest() {
        state = State.HEAD;
        if (worker.draining() || isLast()) {
            close();
            return;
        }
        deadlineIn(settings.listener().idleTimeoutMs());
        updateReading();
        processAhead();
    }

    /** Ends a response that will not be complete. */
    void breakOff() {
        if (response.isUntilClose()) {
            state = State.CLOSED;
            // Only a reset tells an HTTP/1.0 client that the end of this response is missing.
            context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
            context.close();
        } else {
            close();
        }
    }

    /** Closes our half and waits for the client to close its own (RFC 9112, 9.6). */
    private void lingerAndClose() {
        if (state == State.LINGERING || state == State.CLOSED) {
            return;
        }
        state = State.LINGERING;
        deadlineIn(settings.listener().bodyTimeoutMs());
        if (ahead.isReadable()) {
            ahead.skipBytes(ahead.readableBytes());
        }
        updateReading();
        outlet.shutdownAfterFlush(() -> deadlineIn(LINGER_MILLIS));
    }

    /** Closes once the client has taken what is there, for which it has as long as for any part of a response. */
    private void close() {
        state = State.CLOSED;
        deadlineIn(settings.listener().bodyTimeoutMs());
        outlet.closeAfterFlush();
    }

    // ---- Flow

    void readRequestBody(boolean wanted) {
        bodyWanted = wanted;
        updateReading();
    }

    private void updateReading() {
        boolean wanted = bodyWanted && !ahead.isReadable() && !inputEnd.isSeen();
        if (wanted != reading) {
            reading = wanted;
            if (wanted && state == State.BODY) {
                patience.resumed(settings.listener());
            }
            context.channel().config().setAutoRead(wanted);
        }
    }

    boolean isWritable() {
        return context.channel().isWritable();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        boolean writable = ctx.channel().isWritable();
        writeDeadlineMillis = writable
                ? Long.MAX_VALUE
                : worker.ticker().nowMillis() + settings.listener().bodyTimeoutMs();
        exchange.downstreamWritable(writable);
        if (writable) {
            processAhead();
        }
        worker.flush();
    }

    // ---- The connection itself

    @Override
    public void tick(long nowMillis) {
        if (nowMillis >= writeDeadlineMillis || hasLeft(nowMillis)) {
            // The client takes nothing of its response: nothing can be said to it either.
            context.close();
            return;
        }
        exchange.tick(nowMillis);
        if (state == State.BODY && reading) {
            Reason exhausted = patience.exhausted(nowMillis, settings.listener());
            if (exhausted != Reason.NONE) {
                bodyRefused(exhausted);
            }
            return;
        }
        if (nowMillis < deadlineMillis) {
            return;
        }
        switch (state) {
            case HEAD -> {
                if (reader.isWithinHead()) {
                    headRefused(Reason.HEADER_TIMEOUT);
                } else {
                    close();
                }
            }
            case LINGERING, CLOSED -> context.close();
            case BODY, ANSWERING, TUNNEL -> {}
        }
    }

    private boolean hasLeft(long nowMillis) {
        return inputEnd.isSeen()
                && (inputEnd.isBehindReset(context.channel(), nowMillis)
                        || (state == State.ANSWERING && isWritable() && inputEnd.isLeaving(nowMillis)));
    }

    @Override
    public void drain() {
        if (state == State.HEAD && !reader.isWithinHead()) {
            close();
        }
    }

    @Override
    public void closeNow() {
        context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSED;
        worker.ticker().remove(this);
        exchange.clientGone();
        outlet.discard();
        ByteBuf kept = ahead;
        ahead = Unpooled.EMPTY_BUFFER;
        kept.release();
        worker.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    @Override
    public int slot() {
        return slot;
    }

    @Override
    public void slot(int newSlot) {
        slot = newSlot;
    }
}
