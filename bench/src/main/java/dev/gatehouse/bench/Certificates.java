package dev.gatehouse.bench;

import dev.gatehouse.testkit.CertificateBuilder;
import dev.gatehouse.testkit.TestCertificate;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures, against a real API server with 10,000 TLS Secrets that are all served, and with both programs as processes of their own:
 * the time from the API server's answer to an update of one of them until a client has been shown the new certificate. A
 * handshake that shows another one than the old or the new is an error. Each poll is a whole connection with its handshake.
 */
public final class Certificates {

    private static final int PRESENT = Integer.getInteger("present", 10_000);
    private static final int PER_INGRESS = 100;
    private static final int SAMPLES = 100;
    private static final int WARM_UP = 100;
    private static final Duration BOUND = Duration.ofMinutes(2);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Installation installation;
    private final CertificateProbe probe = new CertificateProbe(Installation.HTTPS_PORT);
    private final TestCertificate authority = TestCertificate.authority("bench");

    /** One pair for all: to make others takes longer than all the rest, and nobody looks at them here. */
    private final KeyPair keys = TestCertificate.of("keys").keys();

    private Certificates(Installation installation) {
        this.installation = installation;
    }

    /** Arguments: the gatehouse program, and the file for the results. */
    public static void main(String[] args) throws Exception {
        try (Installation installation = new Installation(Path.of(args[0]))) {
            new Certificates(installation).run(Path.of(args[1]));
        }
    }

    private static String host(int i) {
        return "h" + i + ".example.com";
    }

    private TestCertificate certificate(int i) {
        return CertificateBuilder.of(host(i)).issuer(authority).keys(keys).build();
    }

    private static String ingress(int first) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: bench, name: i%d}
                spec:
                  ingressClassName: gatehouse
                  defaultBackend: {service: {name: bench, port: {number: 80}}}
                  tls: [%s]
                """.formatted(
                        first,
                        IntStream.range(first, Math.min(PRESENT, first + PER_INGRESS))
                                .mapToObj(i -> "{hosts: [" + host(i) + "], secretName: s" + i + "}")
                                .collect(Collectors.joining(", ")));
    }

    private void run(Path results) throws Exception {
        X509Certificate last = null;
        for (int i = 0; i < PRESENT; i++) {
            TestCertificate one = certificate(i);
            installation.apply(one.secretYaml("bench", "s" + i));
            last = one.certificate();
        }
        for (int i = 0; i < PRESENT; i += PER_INGRESS) {
            installation.apply(ingress(i));
        }
        installation.startController();
        installation.startDataPlane();
        installation.awaitDataPlane();
        X509Certificate expected = last;
        Installation.until(
                "all are served",
                () -> probe.ask(host(PRESENT - 1)).certificate().equals(expected));
        report(results, sample());
    }

    private double[] sample() throws InterruptedException {
        double[] millis = new double[SAMPLES];
        for (int i = -WARM_UP; i < SAMPLES; i++) {
            int replaced = Math.floorMod(i * 7919, PRESENT);
            X509Certificate before = probe.ask(host(replaced)).certificate();
            TestCertificate next = certificate(replaced);
            HasMetadata secret =
                    installation.load(next.secretYaml("bench", "s" + replaced)).getFirst();
            installation.client().resource((Secret) secret).update();
            long written = System.nanoTime();
            CertificateProbe.Shown shown = probe.ask(host(replaced));
            while (!shown.certificate().equals(next.certificate())) {
                if (!shown.certificate().equals(before)) {
                    throw new IllegalStateException(
                            host(replaced) + " is shown " + shown.certificate().getSubjectX500Principal());
                }
                if (System.nanoTime() - written > BOUND.toNanos()) {
                    throw new IllegalStateException(host(replaced) + " was never shown its new certificate");
                }
                shown = probe.ask(host(replaced));
            }
            if (i >= 0) {
                millis[i] = (shown.nanos() - written) / 1e6;
            }
            Thread.sleep(PAUSE);
        }
        Arrays.sort(millis);
        return millis;
    }

    private static void report(Path file, double[] millis) throws IOException {
        double median = millis[SAMPLES / 2];
        double p99 = millis[SAMPLES * 99 / 100];
        System.out.printf(Locale.ROOT, "| with %d certificates present | figure |%n|---|---|%n", PRESENT);
        System.out.printf(
                Locale.ROOT,
                "| Secret written -> first handshake with the new certificate, %d times: p50 / p99 | %.1f / %.1f ms |%n",
                SAMPLES,
                median,
                p99);
        Files.writeString(
                file,
                String.format(
                        Locale.ROOT,
                        "{\"present\":%d,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}%n",
                        PRESENT,
                        median,
                        p99,
                        millis[SAMPLES - 1]));
    }
}
