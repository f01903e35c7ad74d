package dev.gatehouse.dataplane.listen;

import dev.gatehouse.snapshot.proto.Upstream;
import io.grpc.ForwardingServerBuilder;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.grpc.testing.integration.AbstractInteropTest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The cases of gRPC's own interoperability test: its client, the data plane in between, its server behind. */
final class GrpcInteropCases extends AbstractInteropTest implements AutoCloseable {
    private final ProxyFixture proxy = new ProxyFixture(List.of(
                    new ListenerBind("http", "127.0.0.1", 0, false), new ListenerBind("https", "127.0.0.1", 0, true)))
            .listener(settings -> settings.setHttp2Cleartext(true));
    private final boolean tls;
    private @Nullable Server server;

    GrpcInteropCases(boolean tls) {
        this.tls = tls;
    }

    @Override
    protected ServerBuilder<?> getServerBuilder() {
        NettyServerBuilder delegate = NettyServerBuilder.forPort(0, InsecureServerCredentials.create())
                .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                .maxInboundMessageSize(MAX_MESSAGE_SIZE);
        return new KnownServerBuilder(delegate);
    }

    /** Tells where the server of the case listens. */
    private final class KnownServerBuilder extends ForwardingServerBuilder<KnownServerBuilder> {
        private final NettyServerBuilder delegate;

        KnownServerBuilder(NettyServerBuilder delegate) {
            this.delegate = delegate;
        }

        @Override
        protected ServerBuilder<?> delegate() {
            return delegate;
        }

        @Override
        public Server build() {
            Server built = super.build();
            server = built;
            return built;
        }
    }

    @Override
    protected ManagedChannelBuilder<?> createChannelBuilder() {
        int port = Objects.requireNonNull(server, "the server is built first").getPort();
        proxy.routeTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .upstream(upstream -> upstream.setProtocol(Upstream.Protocol.H2C));
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress("localhost", proxy.port(tls ? "https" : "http"))
                .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                .maxInboundMessageSize(MAX_MESSAGE_SIZE);
        InternalNettyChannelBuilder.setStatsEnabled(builder, false);
        if (!tls) {
            return builder.usePlaintext();
        }
        try {
            return builder.sslContext(GrpcSslContexts.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .build());
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What client and server count is not the matter here, and needs both in one transport. */
    @Override
    protected boolean metricsExpected() {
        return false;
    }

    @Override
    public void close() {
        proxy.close();
    }
}
