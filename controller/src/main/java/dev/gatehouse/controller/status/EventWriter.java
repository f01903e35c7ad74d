package dev.gatehouse.controller.status;

import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.Severity;
import dev.gatehouse.crds.GatehouseApi;
import dev.gatehouse.snapshot.Digest;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tells findings as Events (events.k8s.io/v1), each once when it turns up, and once more when all are gone. Its name follows from what it says, so that
 * another replica that becomes the leader does not tell it again. One thread only.
 */
final class EventWriter {

    private static final int MAX_NOTE_BYTES = 1024;
    private static final int MAX_NAME = 200;
    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'");

    private final KubernetesClient client;
    private final Pace pace;
    private final String identity;
    private final Clock clock;
    private final Map<ObjectKey, Set<Finding>> told = new HashMap<>();

    EventWriter(KubernetesClient client, Pace pace, String identity, Clock clock) {
        this.client = client;
        this.pace = pace;
        this.identity = identity;
        this.clock = clock;
    }

    /** Tells those of {@code findings} that were not there the last time. Blocks. */
    void tell(ObjectKey key, String uid, List<Finding> findings) throws InterruptedException {
        Set<Finding> before = told.getOrDefault(key, Set.of());
        for (Finding finding : findings) {
            if (!before.contains(finding)) {
                write(key, uid, finding);
            }
        }
        if (findings.isEmpty()) {
            if (!before.isEmpty()) {
                right(key, uid, before);
            }
            told.remove(key);
        } else {
            told.put(key, new HashSet<>(findings));
        }
    }

    /** What was wrong is right now. */
    private void right(ObjectKey key, String uid, Set<Finding> before) throws InterruptedException {
        String reasons =
                before.stream().map(Finding::reason).distinct().sorted().collect(Collectors.joining(", "));
        Finding finding = Finding.warning("Resolved", "", "is served as it is written; gone: " + reasons);
        create(new EventBuilder(event(key, uid, finding)).withType("Normal").build());
    }

    /** A version of an object is live. Told once for each generation, whichever replica leads. */
    void live(ObjectKey key, String uid, long generation, String how) throws InterruptedException {
        Finding finding = Finding.warning("Programmed", "", "generation " + generation + " is served: " + how);
        create(new EventBuilder(event(key, uid, finding, "generation " + generation))
                .withType("Normal")
                .withAction("Programmed")
                .build());
    }

    private void write(ObjectKey key, String uid, Finding finding) throws InterruptedException {
        create(event(key, uid, finding));
    }

    private void create(Event event) throws InterruptedException {
        pace.await();
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
        }
    }

    private Event event(ObjectKey key, String uid, Finding finding) {
        return event(key, uid, finding, note(finding));
    }

    private static String note(Finding finding) {
        return finding.field().isEmpty() ? finding.message() : finding.field() + ": " + finding.message();
    }

    /** @param same what Events that say the same have in common */
    private Event event(ObjectKey key, String uid, Finding finding, String same) {
        String note = note(finding);
        String content = uid + '\n' + finding.severity() + '\n' + finding.reason() + '\n' + same;
        String digest =
                Digest.of(content.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
        String name = key.name().length() <= MAX_NAME ? key.name() : key.name().substring(0, MAX_NAME);
        return new EventBuilder()
                .withNewMetadata()
                .withNamespace(key.namespace().isEmpty() ? "default" : key.namespace())
                .withName(name + "." + digest)
                .endMetadata()
                .withEventTime(new MicroTime(MICROS.format(clock.instant().atOffset(ZoneOffset.UTC))))
                .withType("Warning")
                .withReason(finding.reason())
                .withAction(finding.severity() == Severity.ERROR ? "Refused" : "Compiled")
                .withNote(shortened(note))
                .withReportingController(GatehouseApi.CONTROLLER_NAME)
                .withReportingInstance(identity)
                .withRegarding(reference(key, uid))
                .build();
    }

    private static ObjectReference reference(ObjectKey key, String uid) {
        boolean ours = switch (key.kind()) {
            case PROXY_ROUTE, PROXY_FLEET, PROXY_POLICY, HOST_GRANT -> true;
            case INGRESS, INGRESS_CLASS, SERVICE, ENDPOINT_SLICE, SECRET, NAMESPACE, CONFIG_MAP, REFERENCE_GRANT ->
                false;
        };
        return new ObjectReferenceBuilder()
                .withApiVersion(ours ? GatehouseApi.GROUP + "/" + GatehouseApi.VERSION : "networking.k8s.io/v1")
                .withKind(key.kind().text())
                .withNamespace(key.namespace().isEmpty() ? null : key.namespace())
                .withName(key.name())
                .withUid(uid)
                .build();
    }

    /** At most as many bytes as the API server takes. */
    private static String shortened(String note) {
        String text = note;
        while (text.getBytes(StandardCharsets.UTF_8).length > MAX_NOTE_BYTES) {
            text = text.substring(0, text.length() * 9 / 10);
        }
        return text.length() == note.length() ? note : text.substring(0, text.length() - 3) + "...";
    }
}
