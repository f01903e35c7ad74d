package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.dataplane.listen.RelayFixture.HELLO;
import static dev.gatehouse.dataplane.listen.RelayFixture.HOST;
import static dev.gatehouse.dataplane.listen.RelayFixture.LONG;
import static dev.gatehouse.dataplane.listen.RelayFixture.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gatehouse.dataplane.observe.PassthroughEnd;
import dev.gatehouse.snapshot.proto.Timeouts;
import dev.gatehouse.testkit.RawClient;
import dev.gatehouse.testkit.RecordingBackend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a TLS connection ends that is passed through. */
final class RelayEndsTest {
    private final RelayFixture relay = new RelayFixture();
    private final ProxyFixture proxy = relay.proxy();

    @AfterEach
    void close() {
        relay.close();
    }

    @Test
    void aClientThatClosesItsSideStillGetsTheAnswer() throws Exception {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    byte[] all = conversation.socket().getInputStream().readAllBytes();
                    conversation.send("got " + all.length);
                });
                RawClient client = relay.connectThrough(backend)) {
            client.send(HELLO).send("and more");
            await().until(() -> proxy.passing() == 1);
            client.socket().shutdownOutput();
            assertThat(client.readToEnd()).isEqualTo("got " + (HELLO.length + 8));
        }
        relay.awaitEnd(PassthroughEnd.CLOSED);
    }

    @Test
    void aBackendThatClosesItsSideStillGetsWhatTheClientSends() throws Exception {
        BlockingQueue<String> got = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.exactly(HELLO.length);
                    conversation.send("bye");
                    conversation.socket().shutdownOutput();
                    got.add(text(conversation.socket().getInputStream().readAllBytes()));
                });
                RawClient client = relay.connectThrough(backend)) {
            client.send(HELLO);
            assertThat(client.readToEnd()).isEqualTo("bye");
            client.send("last words");
            client.socket().shutdownOutput();
            assertThat(got.poll(20, TimeUnit.SECONDS)).isEqualTo("last words");
        }
        relay.awaitEnd(PassthroughEnd.CLOSED);
    }

    @Test
    void aSideThatHasClosedIsNotWaitedForForever() throws Exception {
        proxy.listener("https", listener -> listener.setRequestTimeoutMs(300));
        CountDownLatch over = new CountDownLatch(1);
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.awaitClose(LONG);
                    over.await();
                });
                RawClient client = relay.connectThrough(backend)) {
            client.send(HELLO);
            await().until(() -> proxy.passing() == 1);
            client.socket().shutdownOutput();
            assertThat(client.readToEnd()).isEmpty();
            relay.awaitEnd(PassthroughEnd.HALF_CLOSED);
            over.countDown();
        }
    }

    @Test
    void aConnectionOnWhichNobodySendsIsClosedWhenItsRuleSaysSo() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> conversation.awaitClose(LONG))) {
            proxy.passThrough(
                    HOST,
                    "backend",
                    rule -> rule.setTimeouts(Timeouts.newBuilder().setIdleMs(500)),
                    backend.address());
            try (RawClient client = relay.connect()) {
                assertThat(client.send(HELLO).readToEnd()).isEmpty();
            }
            relay.awaitEnd(PassthroughEnd.IDLE);
        }
    }

    @Test
    void aResetOfTheClientIsPassedOn() throws Exception {
        BlockingQueue<String> end = new LinkedBlockingQueue<>();
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
            try {
                conversation.exactly(HELLO.length);
                end.add("end " + conversation.socket().getInputStream().read());
            } catch (SocketException e) {
                end.add("reset");
            }
        })) {
            relay.passTo(backend);
            try (RawClient client = relay.connect()) {
                client.send(HELLO);
                await().until(() -> proxy.passing() == 1);
                client.socket().setSoLinger(true, 0);
            }
            assertThat(end.poll(20, TimeUnit.SECONDS)).isEqualTo("reset");
        }
        relay.awaitEnd(PassthroughEnd.CLIENT_RESET);
    }

    @Test
    void aResetOfTheBackendIsPassedOn() {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.socket().getInputStream().readNBytes(HELLO.length);
                    conversation.reset();
                });
                RawClient client = relay.connectThrough(backend)) {
            client.send(HELLO);
            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                            () -> client.socket().getInputStream().read()))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            relay.awaitEnd(PassthroughEnd.BACKEND_RESET);
        }
    }

    @Test
    void aClientThatLeavesBeforeItsBackendAnswersLeavesNothingBehind() throws Exception {
        // Accepts nothing: the connection stays in the kernel's queue, which is full.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), full.getLocalPort());
            try (java.net.Socket first = new java.net.Socket(address.getAddress(), address.getPort());
                    java.net.Socket second = new java.net.Socket(address.getAddress(), address.getPort())) {
                assertThat(first.isConnected() && second.isConnected()).isTrue();
                proxy.passThrough(HOST, "backend", address);
                try (RawClient client = relay.connect()) {
                    client.send(HELLO);
                    await().until(() -> proxy.connections() == 1);
                }
                await().atMost(LONG).until(() -> proxy.connections() == 0);
                assertThat(proxy.passing()).isZero();
            }
        }
    }

    @Test
    void drainingLeavesConnectionsTheirTimeAndThenEndsThem() throws Exception {
        try (RecordingBackend backend = RecordingBackend.scripted(conversation -> {
                    conversation.exactly(HELLO.length);
                    while (true) {
                        conversation.send(conversation.exactly(4));
                    }
                });
                RawClient client = relay.connectThrough(backend)) {
            client.send(HELLO).send("ping");
            assertThat(client.readExactly(4)).isEqualTo("ping");
            var drained = proxy.listeners().drain(Duration.ofSeconds(5));
            client.send("pong");
            assertThat(client.readExactly(4)).isEqualTo("pong");
            assertThat(client.readToEnd()).isEmpty();
            drained.get(20, TimeUnit.SECONDS);
        }
        relay.awaitEnd(PassthroughEnd.SHUT_DOWN);
    }
}
