package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.http2.HeadReader;
import dev.gatehouse.dataplane.loop.EventLoops;
import dev.gatehouse.dataplane.loop.ReadBuffer;
import dev.gatehouse.dataplane.loop.Ticker;
import dev.gatehouse.dataplane.observe.ExchangeObserver;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Everything that one event loop owns: pools, parsers, scratch memory, deadlines. Connections of the loop share it without
 * locks, and nothing of it is ever touched from another thread.
 */
public final class Worker {
    private static final int READ_BYTES = 64 * 1024;
    private static final int MAX_CONNECTING = 16;

    /** Copies of requests at a time. */
    private static final int MAX_MIRRORS = 256;

    /** Connections that wait with a whole read at hand. */
    private static final int MAX_PAUSED = 256;

    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final EventLoop loop;
    private final EventLoops loops;
    private final ByteBufAllocator allocator;
    private final ExchangeObserver observer;
    private final Ticker ticker;
    private final ReadBuffer readBuffer;
    private final SplittableRandom random;
    private final Map<Endpoint, EndpointPool> pools = new HashMap<>();

    /** Where heads are parsed that arrive whole. */
    private final byte[] headBytes = new byte[4096];

    private final RequestHead requestHead = new RequestHead();
    private final RequestHead composedHead = new RequestHead();
    private final ResponseHead responseHead = new ResponseHead();
    private final HeadBuffer headBuffer = new HeadBuffer();
    private final HeadBuffer openedHeads = new HeadBuffer();
    private final AddedFields added = new AddedFields();
    private final HeadReader headReader;

    /** By identity: settings are as many as listeners, until they change. */
    private final IdentityHashMap<ListenerSettings, Map<Integer, ListenerSettings>> connecting =
            new IdentityHashMap<>();

    private Outlet[] unflushed = new Outlet[64];
    private int unflushedCount;
    private byte[] dateLine = new byte[0];
    private long dateMillis = Long.MIN_VALUE;
    private long tellAgainMillis = Long.MIN_VALUE;
    private boolean draining;
    private int mirrors;
    private int paused;

    public Worker(
            EventLoop loop, EventLoops loops, ByteBufAllocator allocator, ExchangeObserver observer, long randomSeed) {
        this.loop = loop;
        this.loops = loops;
        this.allocator = allocator;
        this.observer = observer;
        this.ticker = new Ticker(loop);
        this.readBuffer = new ReadBuffer(allocator, READ_BYTES);
        this.random = new SplittableRandom(randomSeed);
        this.headReader = new HeadReader(random.split());
        ticker.afterTick(this::flush);
    }

    public EventLoop loop() {
        return loop;
    }

    EventLoops loops() {
        return loops;
    }

    public ByteBufAllocator allocator() {
        return allocator;
    }

    public ExchangeObserver observer() {
        return observer;
    }

    public Ticker ticker() {
        return ticker;
    }

    public ReadBuffer readBuffer() {
        return readBuffer;
    }

    /** Scratch memory, valid until control goes back to the loop. */
    public byte[] headBytes() {
        return headBytes;
    }

    /** The parser for heads that arrive whole, valid until the next head. */
    public RequestHead requestHead() {
        return requestHead;
    }

    /** The parser for heads of our own making, valid until the next. */
    RequestHead composedHead() {
        return composedHead;
    }

    ResponseHead responseHead() {
        return responseHead;
    }

    /** An empty buffer to write a head into, valid until the next head. */
    public HeadBuffer headBuffer() {
        headBuffer.clear();
        return headBuffer;
    }

    /** Heads of requests that have come and not begun, valid until control goes back to the loop. */
    public HeadBuffer openedHeads() {
        return openedHeads;
    }

    /** An empty list of added fields, valid until the next head. */
    public AddedFields noFields() {
        added.clear();
        return added;
    }

    /** Reads header blocks of HTTP/2; what it returns is valid until the next block. */
    public HeadReader headReader() {
        return headReader;
    }

    /** Chance, for what is no secret. */
    public RandomGenerator random() {
        return random;
    }

    ByteBuf allocate(int bytes) {
        return allocator.directBuffer(bytes);
    }

    /** A Date line of this second (RFC 9110, 5.6.7). */
    public byte[] dateLine() {
        long now = ticker.nowMillis();
        if (now >= dateMillis + 500 || dateMillis == Long.MIN_VALUE) {
            dateMillis = now;
            dateLine = ("Date: " + IMF_FIXDATE.format(Instant.now()) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        }
        return dateLine;
    }

    /** Whether one more copy of a request may be made: what they keep of bodies is bounded. */
    boolean mayMirror() {
        if (mirrors >= MAX_MIRRORS) {
            observer.mirrored("mirror-overflow");
            return false;
        }
        mirrors++;
        return true;
    }

    void mirrorEnded() {
        mirrors--;
    }

    /** Whether one more connection may keep what it has read until its next turn: the memory of that is bounded. */
    boolean mayPause() {
        if (paused >= MAX_PAUSED) {
            return false;
        }
        paused++;
        return true;
    }

    void pauseEnded() {
        paused--;
    }

    EndpointPool pool(Endpoint endpoint) {
        EndpointPool pool = pools.get(endpoint);
        if (pool == null) {
            pool = EndpointPools.of(this, endpoint, empty -> pools.remove(endpoint, empty));
            pools.put(endpoint, pool);
        }
        return pool;
    }

    /** Closes the connections to an endpoint that are idle, and the others as they become so. */
    void closePool(Endpoint endpoint) {
        EndpointPool pool = pools.get(endpoint);
        if (pool != null) {
            pool.close();
        }
    }

    /** The same settings with another time to connect; made once for as long as the settings are in force. */
    ListenerSettings connecting(ListenerSettings settings, int connectTimeoutMs) {
        if (connectTimeoutMs == 0) {
            return settings;
        }
        if (connecting.size() >= MAX_CONNECTING) {
            connecting.clear();
        }
        return connecting
                .computeIfAbsent(settings, any -> new HashMap<>())
                .computeIfAbsent(connectTimeoutMs, settings::withConnectTimeoutMs);
    }

    /** Whether a line may be logged of what can happen with every request: at most one a second. */
    boolean mayTell() {
        long now = ticker.nowMillis();
        boolean may = now >= tellAgainMillis;
        if (may) {
            tellAgainMillis = now + 1_000;
        }
        return may;
    }

    void flushLater(Outlet outlet) {
        if (unflushedCount == unflushed.length) {
            unflushed = Arrays.copyOf(unflushed, unflushedCount * 2);
        }
        unflushed[unflushedCount++] = outlet;
    }

    /** Sends what was written since the last time. Every entry from the loop ends with this. */
    public void flush() {
        for (int i = 0; i < unflushedCount; i++) {
            // A flush can lead to further writes: they are appended and sent in the same pass.
            unflushed[i].flush();
        }
        unflushedCount = 0;
    }

    /** From now on every answer ends its connection. */
    public void drain() {
        draining = true;
    }

    public boolean draining() {
        return draining;
    }

    /** Closes idle backend connections and gives the memory back. */
    public void close() {
        List.copyOf(pools.values()).forEach(EndpointPool::close);
        readBuffer.close();
    }
}
