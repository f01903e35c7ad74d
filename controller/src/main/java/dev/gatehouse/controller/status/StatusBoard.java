package dev.gatehouse.controller.status;

import dev.gatehouse.controller.compile.Outcome;
import dev.gatehouse.controller.compile.Verdict;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.Kind;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.ResourceModel;
import dev.gatehouse.controller.model.SecretModel;
import dev.gatehouse.crds.GatehouseApi;
import dev.gatehouse.crds.ProxyFleet;
import dev.gatehouse.crds.ProxyPolicy;
import dev.gatehouse.crds.ProxyRoute;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressLoadBalancerIngress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What there is to tell, by object, and which objects have to be looked at. A bounded memory: an object is in a line once,
 * and its newest verdict counts. What has just happened to an object comes before what is looked at because everything is, so
 * that nobody waits behind thousands of others. Fed by the pipeline and by receipts, emptied by the writer; thread-safe, and
 * it costs those who feed it the same, however many objects there are.
 */
public final class StatusBoard {

    private static final Set<Kind> TOLD =
            Set.of(Kind.INGRESS, Kind.PROXY_ROUTE, Kind.INGRESS_CLASS, Kind.PROXY_FLEET, Kind.PROXY_POLICY);

    /** So many objects that are not live everywhere yet are looked at whenever a data plane has told something; more, less often. */
    private static final int FEW = 64;

    private static final long MANY_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Map<ObjectKey, Told> told = new ConcurrentHashMap<>();
    private final Map<ObjectKey, Instant> certificates = new ConcurrentHashMap<>();
    private final Map<ObjectKey, Set<ObjectKey>> certificateUsers = new ConcurrentHashMap<>();
    private final Map<FleetKey, List<String>> addresses = new ConcurrentHashMap<>();
    private final Set<ObjectKey> unprogrammed = ConcurrentHashMap.newKeySet();
    /** Whether the first view is over: of Ingresses that were there before, nobody has to be told that they are live. */
    private volatile boolean begun;

    private final LinkedHashSet<ObjectKey> line = new LinkedHashSet<>();
    private final LinkedHashSet<ObjectKey> everything = new LinkedHashSet<>();
    private boolean receiptsChanged;
    private long receiptsLookedAt = System.nanoTime() - MANY_PAUSE_NANOS;

    /** An object was seen in a new version. */
    public void seen(HasMetadata object, ResourceModel model) {
        ObjectKey key = model.key();
        if (model instanceof SecretModel secret) {
            if (secret.material() instanceof SecretModel.Usable usable) {
                certificates.put(key, usable.notAfter());
            } else {
                certificates.remove(key);
            }
            certificateUsers.getOrDefault(key, Set.of()).forEach(this::look);
            return;
        }
        if (!TOLD.contains(key.kind())) {
            return;
        }
        if (object instanceof ProxyFleet fleet) {
            FleetKey fleetKey = new FleetKey(key.namespace(), key.name());
            List<String> now = fleet.getStatus().addresses();
            if (!now.equals(addresses.put(fleetKey, now))) {
                lookAtFleet(fleetKey);
            }
        }
        Set<ObjectKey> secrets = secrets(model);
        secrets.forEach(secret -> certificateUsers
                .computeIfAbsent(secret, s -> ConcurrentHashMap.newKeySet())
                .add(key));
        Optional<Shown> shown = shown(object);
        told.compute(key, (k, before) -> {
            forgetUses(key, before, secrets);
            if (before != null && !before.shown().equals(shown)) {
                look(key); // somebody else wrote it, or it is another object now
            }
            return new Told(
                    model.meta().uid(),
                    shown,
                    writtenByUs(object),
                    secrets,
                    before == null ? Optional.empty() : before.verdict());
        });
    }

    private static Set<ObjectKey> secrets(ResourceModel model) {
        Set<ObjectKey> secrets = new HashSet<>();
        for (ObjectKey reference : model.references()) {
            if (reference.kind() == Kind.SECRET) {
                secrets.add(reference);
            }
        }
        return Set.copyOf(secrets);
    }

    /** An object is gone. */
    public void gone(ObjectKey key) {
        if (key.kind() == Kind.SECRET) {
            certificates.remove(key);
        } else if (key.kind() == Kind.PROXY_FLEET) {
            addresses.remove(new FleetKey(key.namespace(), key.name()));
        }
        forgetUses(key, told.remove(key), Set.of());
        unprogrammed.remove(key);
    }

    private void forgetUses(ObjectKey key, @Nullable Told before, Set<ObjectKey> except) {
        if (before == null) {
            return;
        }
        for (ObjectKey secret : before.secrets()) {
            if (!except.contains(secret)) {
                certificateUsers.computeIfPresent(secret, (s, users) -> {
                    users.remove(key);
                    return users.isEmpty() ? null : users;
                });
            }
        }
    }

    /** Verdicts changed. */
    public void compiled(Outcome outcome) {
        outcome.verdicts().forEach((key, verdict) -> {
            told.computeIfPresent(key, (k, before) -> before.with(verdict));
            if (verdict.ours() && (key.kind() == Kind.PROXY_ROUTE || (key.kind() == Kind.INGRESS && begun))) {
                unprogrammed.add(key);
            }
            look(key);
        });
        begun = true;
        // What the parts of an object are compiled to may change without its verdict: a new shard has to arrive as
        // well.
        outcome.fleets().keySet().forEach(this::receiptsChanged);
    }

    /** Some data plane of a fleet serves something else than before. */
    public void receiptsChanged(FleetKey fleet) {
        synchronized (line) {
            receiptsChanged = true;
            line.notifyAll();
        }
        lookAt(fleet);
    }

    /** What is to be said of a fleet may have changed. */
    public void lookAt(FleetKey fleet) {
        if (told.containsKey(fleet.object())) {
            look(fleet.object());
        }
    }

    /** Everything is to be looked at again: leadership was gained, or time has passed. */
    public void lookAtAll() {
        synchronized (line) {
            everything.addAll(told.keySet());
            line.notifyAll();
        }
    }

    private void lookAtFleet(FleetKey fleet) {
        told.forEach((key, entry) -> {
            if (entry.verdict().flatMap(Verdict::fleet).filter(fleet::equals).isPresent()) {
                look(key);
            }
        });
    }

    /** Puts an object in the line. */
    void look(ObjectKey key) {
        synchronized (line) {
            line.add(key);
            line.notifyAll();
        }
    }

    /** The next object to look at; empty if there is none for so long. */
    Optional<ObjectKey> next(Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        synchronized (line) {
            while (true) {
                lineUpUnprogrammed();
                if (!line.isEmpty()) {
                    ObjectKey next = line.removeFirst();
                    everything.remove(next);
                    return Optional.of(next);
                }
                if (!everything.isEmpty()) {
                    return Optional.of(everything.removeFirst());
                }
                long left = Math.min(end - System.nanoTime(), receiptsChanged ? untilMany() : Long.MAX_VALUE);
                if (end - System.nanoTime() <= 0) {
                    return Optional.empty();
                }
                TimeUnit.NANOSECONDS.timedWait(line, Math.max(left, 1));
            }
        }
    }

    /** A data plane's word may concern everything that is not live yet: that is looked at once, however many words there were. */
    private void lineUpUnprogrammed() {
        if (receiptsChanged && line.isEmpty() && (unprogrammed.size() <= FEW || untilMany() <= 0)) {
            receiptsChanged = false;
            receiptsLookedAt = System.nanoTime();
            line.addAll(unprogrammed);
        }
    }

    private long untilMany() {
        return receiptsLookedAt + MANY_PAUSE_NANOS - System.nanoTime();
    }

    /** How many objects are to be looked at. */
    public int waiting() {
        synchronized (line) {
            return line.size() + everything.size();
        }
    }

    Optional<Told> told(ObjectKey key) {
        return Optional.ofNullable(told.get(key));
    }

    /** Remembers what was written, unless the object has become another one meanwhile. */
    void written(ObjectKey key, String uid, Shown shown) {
        told.computeIfPresent(key, (k, entry) -> entry.uid().equals(uid) ? entry.written(shown) : entry);
    }

    /** Whether an object is live on all data planes; if not, it is looked at again when one of them has told something. */
    void programmed(ObjectKey key, boolean everywhere) {
        if (everywhere) {
            unprogrammed.remove(key);
        } else {
            unprogrammed.add(key);
        }
    }

    /** Whether it has changed, and was not live on all data planes since. */
    boolean isUnprogrammed(ObjectKey key) {
        return unprogrammed.contains(key);
    }

    /** When a certificate ends; empty if there is none of this name. */
    Optional<Instant> certificateEnd(ObjectKey secret) {
        return Optional.ofNullable(certificates.get(secret));
    }

    /** Under which addresses a fleet is reached, as its ProxyFleet says. */
    List<String> addresses(FleetKey fleet) {
        return addresses.getOrDefault(fleet, List.of());
    }

    private static Optional<Shown> shown(HasMetadata object) {
        return switch (object) {
            case Ingress ingress -> Optional.of(new Shown.Addresses(addresses(ingress)));
            case ProxyRoute route ->
                Optional.of(new Shown.Conditions(
                        route.getStatus().conditions(), route.getStatus().rules()));
            case ProxyFleet fleet ->
                Optional.of(new Shown.Fleet(fleet.getStatus().conditions().stream()
                        .filter(RouteConditions::isOfServing)
                        .toList()));
            case ProxyPolicy policy ->
                Optional.of(new Shown.Policy(
                        policy.getStatus().conditions(),
                        Objects.requireNonNullElse(policy.getStatus().routes(), -1)));
            default -> Optional.empty();
        };
    }

    private static List<String> addresses(Ingress ingress) {
        if (ingress.getStatus() == null
                || ingress.getStatus().getLoadBalancer() == null
                || ingress.getStatus().getLoadBalancer().getIngress() == null) {
            return List.of();
        }
        List<String> addresses = new ArrayList<>();
        for (IngressLoadBalancerIngress entry :
                ingress.getStatus().getLoadBalancer().getIngress()) {
            String address = entry.getIp() == null ? entry.getHostname() : entry.getIp();
            if (address != null) {
                addresses.add(address);
            }
        }
        return List.copyOf(addresses);
    }

    private static boolean writtenByUs(HasMetadata object) {
        List<ManagedFieldsEntry> managers = object.getMetadata().getManagedFields();
        return managers != null
                && managers.stream()
                        .anyMatch(entry -> GatehouseApi.FIELD_MANAGER.equals(entry.getManager())
                                && "status".equals(entry.getSubresource()));
    }
}
