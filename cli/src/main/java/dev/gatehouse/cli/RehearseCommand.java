package dev.gatehouse.cli;

import dev.gatehouse.controller.compile.World;
import dev.gatehouse.controller.compile.WorldOptions;
import dev.gatehouse.controller.folder.FolderSource;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.publish.Admission;
import dev.gatehouse.controller.publish.NodeIdentity;
import dev.gatehouse.controller.publish.NodeRegistry;
import dev.gatehouse.controller.publish.Publisher;
import dev.gatehouse.controller.publish.PushLimits;
import dev.gatehouse.controller.publish.SnapshotServer;
import dev.gatehouse.controller.trust.CertificateAuthority;
import dev.gatehouse.controller.trust.ServerNames;
import dev.gatehouse.controller.trust.TrustMaterial;
import dev.gatehouse.dataplane.control.ControllerAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code gatehouse rehearse DIR FILE}: one life of a data plane, from its command line to SIGTERM, with traffic. This process is
 * its controller, its backends and its clients; the data plane is a process of its own, as it is in a pod, and Java records what
 * it needed (JEP 483, 514, 515): what starts from that record starts in half the time.
 */
@NullUnmarked // picocli sets the fields
@Command(
        name = "rehearse",
        hidden = true,
        mixinStandardHelpOptions = true,
        description =
                "Lets a data plane serve a folder's manifests, and records what Java needed for it. For the making of images.")
final class RehearseCommand implements Callable<Integer> {

    private static final String LOOPBACK = "127.0.0.1";
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final int OK = 200;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "Folder of manifests: an Ingress for localhost with TLS, and its backends.")
    private Path folder;

    @Parameters(index = "1", paramLabel = "FILE", description = "Where the record goes.")
    private Path record;

    @Option(
            names = "--program",
            required = true,
            paramLabel = "FILE",
            description = "The distribution's bin/gatehouse, whose data plane is recorded.")
    private Path program;

    @Option(names = "--requests", defaultValue = "20000", description = "How many. Default: ${DEFAULT-VALUE}.")
    private int requests;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        WorldOptions surroundings = WorldOptions.folder();
        World world = new World(surroundings);
        Vertx vertx = Vertx.vertx();
        try (FolderSource source = new FolderSource(folder)) {
            world.apply(source.look().changes());
            try (DemoBackends backends = DemoBackends.start(source.objects().values())) {
                spec.commandLine().getOut().println("Rehearsing with " + String.join(", ", backends.started()));
                ControllerAddress controller = controller(vertx, surroundings.defaultFleet(), world);
                rehearse(controller, freePort(), freePort(), freePort());
            }
        } finally {
            vertx.close().await(BOUND.toSeconds(), TimeUnit.SECONDS);
        }
        return 0;
    }

    private void rehearse(ControllerAddress controller, int http, int https, int admin) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        program.toString(),
                        "dataplane",
                        "--controller=" + controller.host() + ":" + controller.port(),
                        "--fleet=" + controller.fleet(),
                        "--token-file=" + controller.token(),
                        "--ca-file=" + controller.ca(),
                        "--bind-address=" + LOOPBACK,
                        "--http-port=" + http,
                        "--https-port=" + https,
                        "--admin-port=" + admin,
                        "--drain-delay=PT0S")
                .inheritIO();
        builder.environment().put("GATEHOUSE_JAVA_OPTS", "-XX:AOTCacheOutput=" + record.toAbsolutePath());
        Process plane = builder.start();
        try {
            awaitReady(URI.create("http://localhost:" + admin + "/readyz"), plane);
            ask(URI.create("http://localhost:" + http + "/"), HttpClient.Version.HTTP_1_1);
            ask(URI.create("https://localhost:" + https + "/"), HttpClient.Version.HTTP_1_1);
            ask(URI.create("https://localhost:" + https + "/"), HttpClient.Version.HTTP_2);
            plane.destroy(); // SIGTERM: it drains, ends, and Java writes the record
            if (!plane.waitFor(BOUND.multipliedBy(5).toSeconds(), TimeUnit.SECONDS)) {
                throw new SettingException("the data plane did not end");
            }
        } finally {
            plane.destroyForcibly();
        }
        if (!Files.exists(record)) {
            throw new SettingException("Java wrote no " + record + ": see above");
        }
    }

    private static void awaitReady(URI uri, Process plane) throws Exception {
        long end = System.nanoTime() + BOUND.toNanos();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(uri).timeout(BOUND).build();
            while (plane.isAlive() && System.nanoTime() < end) {
                try {
                    if (client.send(request, HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == OK) {
                        return;
                    }
                } catch (IOException e) {
                    // It does not listen yet.
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        throw new SettingException("the data plane did not become ready: see above");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** A snapshot server on a free port, with an authority and a token that live as long as the rehearsal. */
    private static ControllerAddress controller(Vertx vertx, FleetKey fleet, World world) throws Exception {
        Path work = Files.createTempDirectory("gatehouse-rehearsal");
        CertificateAuthority authority = CertificateAuthority.create(Instant.now());
        Path ca = Files.writeString(work.resolve("ca.crt"), authority.certificatePem());
        Path token = Files.writeString(work.resolve("token"), "rehearsal");
        Publisher publisher = new Publisher();
        publisher.publish(fleet, world.snapshot(fleet));
        SnapshotServer server = new SnapshotServer(
                vertx,
                publisher,
                new Admission(
                        shown -> Future.succeededFuture(new NodeIdentity(fleet, "rehearsal", "rehearsal")),
                        new NodeRegistry(Clock.systemUTC()),
                        Clock.systemUTC()),
                TrustMaterial.of(
                        authority,
                        authority.certificatePem(),
                        ServerNames.of("controller", fleet.namespace(), List.of()),
                        Instant.now()),
                PushLimits.standard(),
                RandomGenerator.getDefault());
        int port = server.start(LOOPBACK, 0).await(BOUND.toSeconds(), TimeUnit.SECONDS);
        return new ControllerAddress("localhost", port, fleet.toString(), "rehearsal", token, ca);
    }

    private void ask(URI uri, HttpClient.Version version) throws Exception {
        try (HttpClient client = HttpClient.newBuilder()
                .version(version)
                .sslContext(trustingAnyone())
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(uri).timeout(BOUND).build();
            for (int i = 0; i < requests / 3; i++) {
                int status = client.send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status != OK) {
                    throw new SettingException(uri + " answered " + status + ": the folder needs a backend for it");
                }
            }
        }
    }

    /** Of this process's own certificate nobody knows who signed it. */
    private static SSLContext trustingAnyone() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anyone()}, null);
        return context;
    }

    private static final class Anyone extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
