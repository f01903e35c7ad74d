package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Transport;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks one endpoint whether it is well, once or again, over the endpoint's own transport and connections of its own: what is
 * counted of the endpoint's requests does not include it. Event loop only.
 */
public abstract class Probe {
    /** Every probe ends by its own time. */
    private static final ListenerSettings SETTINGS = ListenerSettings.defaults("health");

    protected final Worker worker;
    protected final HealthCheck check;
    private @Nullable Consumer<String> whenDone;
    private @Nullable Future<?> limit;

    Probe(Worker worker, HealthCheck check) {
        this.worker = worker;
        this.check = check;
    }

    /**
     * Makes one.
     *
     * @param upstream the endpoint's, by its shard's id
     */
    public static Probe of(Worker worker, String upstream, Endpoint endpoint, HealthCheck check) {
        InetSocketAddress address = address(endpoint.address(), check.port());
        Transport transport = endpoint.transport();
        return switch (check.ask()) {
            case HealthCheck.Ask.Tcp tcp -> new TcpProbe(worker, check, address, transport);
            case HealthCheck.Ask.Http http ->
                new HttpProbe(worker, check, upstream, address, transport, new HttpQuestion(http, address));
            case HealthCheck.Ask.Grpc grpc ->
                // gRPC is HTTP/2, whatever requests are sent in.
                new HttpProbe(
                        worker,
                        check,
                        upstream,
                        address,
                        transport.tls().isPresent()
                                ? transport
                                : new Transport(Transport.Protocol.H2C, transport.proxyHeader(), Optional.empty()),
                        new GrpcQuestion(grpc, address));
        };
    }

    private static InetSocketAddress address(InetSocketAddress endpoint, int port) {
        if (port == 0) {
            return endpoint;
        }
        return endpoint.isUnresolved()
                ? InetSocketAddress.createUnresolved(endpoint.getHostString(), port)
                : new InetSocketAddress(endpoint.getAddress(), port);
    }

    /** Asks. Not to be called again before it is told what came of it: empty, or what is wrong. */
    public final void begin(Consumer<String> then) {
        whenDone = then;
        limit = worker.loop().schedule(this::late, check.timeoutMillis(), TimeUnit.MILLISECONDS);
        ask();
        worker.flush();
    }

    /** Asks no more, and closes what is open. Nobody is told anything of a question that is still open. */
    public final void close() {
        whenDone = null;
        forgetLimit();
        giveUp();
        closeConnections();
        worker.flush();
    }

    private void late() {
        giveUp();
        answered("timeout");
        worker.flush();
    }

    /** The question is answered. */
    protected final void answered(String problem) {
        Consumer<String> told = whenDone;
        whenDone = null;
        forgetLimit();
        if (told != null) {
            told.accept(problem);
        }
    }

    private void forgetLimit() {
        if (limit != null) {
            limit.cancel(false);
            limit = null;
        }
    }

    /** For the connections that it opens. */
    protected final ListenerSettings settings() {
        return worker.connecting(SETTINGS, check.timeoutMillis());
    }

    /** Begins to ask. */
    protected abstract void ask();

    /** Waits for no answer any more. Nothing happens if there is one. */
    protected abstract void giveUp();

    /** Closes the connections that are kept. */
    protected abstract void closeConnections();
}
