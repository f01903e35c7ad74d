package dev.gatehouse.dataplane.listen;

import dev.gatehouse.dataplane.forward.Downstream;
import dev.gatehouse.dataplane.forward.Exchange;
import dev.gatehouse.dataplane.forward.Outlet;
import dev.gatehouse.dataplane.forward.Worker;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.ChunkDecoder;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.http1.ResponseHead.Framing;
import dev.gatehouse.dataplane.http1.ResponseWriter;
import dev.gatehouse.dataplane.http1.ResponseWriter.Persistence;
import dev.gatehouse.dataplane.loop.Timed;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.table.RoutingTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.Arrays;

/**
 * A client's HTTP/1.1 connection: reads one request after another and answers them in order. What a client sends ahead of its
 * turn waits in at most one read's worth of memory. Event loop only.
 */
@SuppressWarnings({
    "NullAway.Init", // What needs the channel is set in handlerAdded, before any other event.
    "FutureReturnValueIgnored" // A failed write or close ends in channelInactive.
})
final class ClientConnection extends ChannelInboundHandlerAdapter implements Downstream, Timed, ServedConnection {
    private enum State {
        HEAD,
        LENGTH,
        CHUNKED,
        /** The request is complete, its response is not. */
        ANSWERING,
        /** An open WebSocket: octets pass as they are. */
        TUNNEL,
        /** The last response is sent; what still comes is read and dropped, so that no reset destroys the response. */
        LINGERING,
        CLOSED
    }

    private static final byte[] NOTHING = {};
    private static final int LINGER_MILLIS = 2_000;

    private final Worker worker;
    private final Listener listener;
    private ChannelHandlerContext context;
    private ConnectionSettings settings;
    private Outlet outlet;
    private Exchange exchange;
    private ChunkDecoder chunks;
    private RequestHead partialHead;

    private State state = State.HEAD;
    private byte[] partial = NOTHING;
    private int partialLength;
    private ByteBuf ahead = Unpooled.EMPTY_BUFFER;
    private long remaining;
    private long bodyBytes;
    private int requests;
    private final BodyPatience patience = new BodyPatience();
    private final InputEnd inputEnd = new InputEnd();
    private boolean bodyAtHand;
    private boolean processing;
    private boolean reading = true;
    private boolean bodyWanted = true;
    private boolean toHead;
    private boolean http10;
    private boolean keepAlive;
    private boolean responseKeepsAlive;
    private boolean responseChunked;
    private boolean responseUntilClose;
    private long deadlineMillis;
    private long writeDeadlineMillis = Long.MAX_VALUE;
    private int slot = -1;

    ClientConnection(Worker worker, Listener listener) {
        this.worker = worker;
        this.listener = listener;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        outlet = new Outlet(worker, added);
        worker.ticker().add(this); // first: the ticker's time stands still without entries
        settings = new ConnectionSettings(
                listener, added.channel(), worker.ticker().nowMillis(), worker.random());
        exchange = new Exchange(worker, this, listener.name(), settings.listener());
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
                case LENGTH -> {
                    int length = (int) Math.min(remaining, in.readableBytes());
                    remaining -= length;
                    body(in, length);
                    if (remaining == 0) {
                        bodyEnd(FieldSection.none());
                    }
                }
                case CHUNKED -> chunk(in);
                case TUNNEL -> body(in, in.readableBytes());
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
            case LENGTH, CHUNKED -> {
                exchange.clientGone();
                breakOff();
            }
            case ANSWERING, TUNNEL -> exchange.requestEnd(FieldSection.none());
            case CLOSED -> {}
        }
    }

    private void head(ByteBuf in) {
        RoutingTable table = settings.table();
        int from = in.readerIndex();
        int held = partialLength;
        RequestHead head;
        int length;
        int end;
        if (held == 0) {
            byte[] scratch = worker.headBytes();
            head = worker.requestHead();
            length = Math.min(in.readableBytes(), scratch.length);
            in.getBytes(from, scratch, 0, length);
            head.reset(0);
            end = head.parse(scratch, length, settings.limits());
            if (end == FieldSection.MORE) {
                partial = Arrays.copyOf(scratch, length);
                head = partialHead = new RequestHead();
                head.reset(0);
                end = head.parse(partial, length, settings.limits());
                deadlineIn(settings.listener().headerTimeoutMs());
            }
        } else {
            head = partialHead;
            length = Math.min(in.readableBytes(), settings.limits().maxBytes() - held);
            if (partial.length < held + length) {
                partial = Arrays.copyOf(partial, Math.max(held + length, partial.length * 2));
            }
            in.getBytes(from, partial, held, length);
            end = head.parse(partial, held + length, settings.limits());
        }
        if (end == FieldSection.MORE) {
            partialLength = held + length;
            in.skipBytes(length);
        } else if (end == FieldSection.REFUSED) {
            in.skipBytes(in.readableBytes());
            refuse(head.reason());
        } else {
            in.readerIndex(from + end - held);
            partialLength = 0;
            partial = NOTHING;
            begin(head, table, in.readableBytes());
        }
    }

    private void begin(RequestHead head, RoutingTable table, int readable) {
        toHead = head.method().equals("HEAD");
        http10 = head.http10();
        keepAlive = head.keepAlive() && ++requests < settings.listener().maxRequestsPerConnection();
        bodyBytes = 0;
        patience.begin();
        Reason misdirected = settings.judge(head);
        if (misdirected != Reason.NONE) {
            refuse(misdirected);
            return;
        }
        int bodyHere = 0;
        if (head.chunked()) {
            if (chunks == null) {
                chunks = new ChunkDecoder();
            }
            chunks.reset();
            state = State.CHUNKED;
            bodyAtHand = false;
            bodyHere = readable;
        } else if (head.contentLength() > 0) {
            remaining = head.contentLength();
            state = State.LENGTH;
            bodyAtHand = remaining <= readable;
            bodyHere = (int) Math.min(remaining, readable);
        } else {
            state = State.ANSWERING;
            bodyAtHand = true;
        }
        if (state != State.ANSWERING) {
            deadlineIn(settings.listener().bodyTimeoutMs());
        }
        exchange.begin(head, bodyHere, table, settings.listener(), settings.provenance());
    }

    private void body(ByteBuf in, int length) {
        int from = in.readerIndex();
        in.skipBytes(length);
        deadlineIn(settings.listener().bodyTimeoutMs());
        patience.received(length);
        exchange.requestData(in, from, length);
    }

    private void chunk(ByteBuf in) {
        switch (chunks.next(in)) {
            case MORE -> {}
            case DATA -> {
                int length = chunks.dataLength();
                bodyBytes += length;
                if (bodyBytes > exchange.maxBodyBytes()) {
                    in.skipBytes(in.readableBytes());
                    failBody(Reason.BODY_TOO_LARGE);
                } else {
                    chunks.taken(length);
                    body(in, length);
                }
            }
            case END -> bodyEnd(chunks.trailers());
            case REFUSED -> {
                in.skipBytes(in.readableBytes());
                failBody(Reason.BAD_CHUNK);
            }
        }
    }

    private void bodyEnd(FieldSection trailers) {
        if (exchange.active()) {
            state = State.ANSWERING;
            exchange.requestEnd(trailers);
        } else {
            nextRequest();
        }
    }

    private void failBody(Reason reason) {
        keepAlive = false;
        if (exchange.active()) {
            exchange.fail(reason);
        } else {
            lingerAndClose();
        }
    }

    /** Answers a request that never became an exchange with a backend. */
    private void refuse(Reason reason) {
        keepAlive = false;
        bodyAtHand = false;
        state = State.LENGTH;
        int length = answer(OwnAnswer.plain(reason.status(), reason.code()), worker.noFields());
        worker.observer().done(listener.name(), "", reason.status(), reason.code(), 0, 0, length);
        lingerAndClose();
    }

    // ---- What the client is sent

    private boolean staysOpen() {
        return keepAlive
                && !isLast()
                && !worker.draining()
                && !settings.isOld(worker.ticker().nowMillis())
                && (state == State.ANSWERING || bodyAtHand);
    }

    private boolean isLast() {
        return inputEnd.isSeen() && !ahead.isReadable();
    }

    private Persistence persistence() {
        return responseKeepsAlive ? http10 ? Persistence.SAID : Persistence.IMPLIED : Persistence.CLOSE;
    }

    @Override
    public ProxiedAddresses addresses() {
        return settings.addresses();
    }

    @Override
    public void informational(ResponseHead head) {
        if (!http10) {
            HeadBuffer out = worker.headBuffer();
            ResponseWriter.write(head, worker.noFields(), false, Persistence.IMPLIED, NOTHING, out);
            outlet.bytes(out.bytes(), 0, out.length());
        }
    }

    @Override
    public void switchProtocols(ResponseHead head, AddedFields added) {
        responseChunked = false;
        responseUntilClose = false;
        responseKeepsAlive = false;
        state = State.TUNNEL;
        HeadBuffer out = worker.headBuffer();
        ResponseWriter.switching(head, added, out);
        outlet.bytes(out.bytes(), 0, out.length());
        processAhead();
    }

    @Override
    public boolean extendedConnect() {
        return false;
    }

    @Override
    public void responseHead(ResponseHead head, AddedFields added) {
        boolean unmeasured = head.framing() == Framing.CHUNKED || head.framing() == Framing.UNTIL_CLOSE;
        responseChunked = unmeasured && !http10;
        responseUntilClose = unmeasured && http10;
        responseKeepsAlive = staysOpen() && !responseUntilClose;
        HeadBuffer out = worker.headBuffer();
        ResponseWriter.write(head, added, responseChunked, persistence(), worker.dateLine(), out);
        outlet.bytes(out.bytes(), 0, out.length());
    }

    @Override
    public void responseData(ByteBuf in, int from, int length) {
        if (inputEnd.isSeen()) {
            inputEnd.sent(worker.ticker().nowMillis());
        }
        if (responseChunked) {
            outlet.chunk(in, from, length);
        } else {
            outlet.data(in, from, length);
        }
    }

    @Override
    public void responseEnd(FieldSection trailers) {
        if (responseChunked) {
            HeadBuffer out = worker.headBuffer();
            ResponseWriter.lastChunk(trailers, out);
            outlet.bytes(out.bytes(), 0, out.length());
        }
        bodyWanted = true;
        if (!responseKeepsAlive) {
            if (state == State.TUNNEL || (state == State.ANSWERING && !ahead.isReadable())) {
                close();
            } else {
                lingerAndClose();
            }
        } else if (state == State.ANSWERING) {
            nextRequest();
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

    @Override
    public int answer(OwnAnswer answer, AddedFields added) {
        responseChunked = false;
        responseUntilClose = false;
        keepAlive &= answer.status() != Reason.BODY_TOO_LARGE.status(); // even if all of it is there already
        responseKeepsAlive = staysOpen();
        HeadBuffer out = worker.headBuffer();
        int bodyLength = ResponseWriter.own(answer, added, toHead, persistence(), worker.dateLine(), out);
        outlet.bytes(out.bytes(), 0, out.length());
        return bodyLength;
    }

    @Override
    public void abort(Reason reason) {
        breakOff();
    }

    private void breakOff() {
        if (responseUntilClose) {
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
        SslHandler tls = context.pipeline().get(SslHandler.class);
        outlet.flushThen(done -> {
            deadlineIn(LINGER_MILLIS);
            Channel channel = context.channel();
            if (tls != null) {
                tls.closeOutbound().addListener(closed -> shutdownOutput(channel));
            } else {
                shutdownOutput(channel);
            }
        });
    }

    private static void shutdownOutput(Channel channel) {
        if (channel instanceof SocketChannel socket && socket.isActive()) {
            socket.shutdownOutput();
        }
    }

    /** Closes once the client has taken what is there, for which it has as long as for any part of a response. */
    private void close() {
        state = State.CLOSED;
        deadlineIn(settings.listener().bodyTimeoutMs());
        outlet.closeAfterFlush();
    }

    // ---- Flow

    @Override
    public void readRequestBody(boolean wanted) {
        bodyWanted = wanted;
        updateReading();
    }

    private void updateReading() {
        boolean wanted = bodyWanted && !ahead.isReadable() && !inputEnd.isSeen();
        if (wanted != reading) {
            reading = wanted;
            if (wanted && (state == State.LENGTH || state == State.CHUNKED)) {
                deadlineIn(settings.listener().bodyTimeoutMs());
            }
            context.channel().config().setAutoRead(wanted);
        }
    }

    @Override
    public boolean isWritable() {
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
        boolean body = state == State.LENGTH || state == State.CHUNKED;
        if (body && reading && patience.waitedTooLong(settings.listener().minBodyBytesPerSecond())) {
            failBody(Reason.BODY_TOO_SLOW);
            return;
        }
        if (nowMillis < deadlineMillis) {
            return;
        }
        switch (state) {
            case HEAD -> {
                if (partialLength > 0) {
                    refuse(Reason.HEADER_TIMEOUT);
                } else {
                    close();
                }
            }
            case LENGTH, CHUNKED -> {
                if (reading) {
                    failBody(Reason.BODY_TIMEOUT);
                }
            }
            case LINGERING, CLOSED -> context.close();
            case ANSWERING, TUNNEL -> {}
        }
    }

    private boolean hasLeft(long nowMillis) {
        return inputEnd.isSeen()
                && (inputEnd.isBehindReset(context.channel(), nowMillis)
                        || (state == State.ANSWERING && isWritable() && inputEnd.isLeaving(nowMillis)));
    }

    @Override
    public void drain() {
        if (state == State.HEAD && partialLength == 0) {
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
