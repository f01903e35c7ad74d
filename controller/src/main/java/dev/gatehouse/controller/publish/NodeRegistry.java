package dev.gatehouse.controller.publish;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Which nodes may be served: those whose pod is there, and of several that show the token of one pod only one: the one that is
 * connected, if the other calls from elsewhere; else the last one, because a container that starts anew has its pod's token. What is not known is no reason to refuse: a replica that has not listed the pods yet, because it has just started or
 * the API server is away, believes the certificates. Thread-safe.
 */
public final class NodeRegistry {

    /** A pod can show its certificate here before this replica's watch has told of the pod. */
    static final Duration NEWS_BOUND = Duration.ofSeconds(30);

    private static final int REMEMBERED = 16_384;

    private final Clock clock;
    private final Set<String> there = new HashSet<>();
    private final Map<String, Instant> gone = bounded();
    private final Map<String, Instant> enrolments = bounded();
    private final Map<Long, Caller> connected = new HashMap<>();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private boolean listed;

    private record Caller(String podUid, String host) {}

    public NodeRegistry(Clock clock) {
        this.clock = clock;
    }

    private static Map<String, Instant> bounded() {
        return new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    /** A pod of a fleet exists. */
    public synchronized void podThere(String uid) {
        there.add(uid);
    }

    /** A pod of a fleet was deleted, or has ended for good: its certificates are of no use from now on. */
    public void podGone(String uid) {
        synchronized (this) {
            there.remove(uid);
            enrolments.remove(uid);
            gone.put(uid, clock.instant());
        }
        listeners.forEach(listener -> listener.accept(uid));
    }

    /** Every pod that exists has been told of once. */
    public synchronized void podsListed() {
        listed = true;
    }

    /** Calls {@code listener} with the UID of a pod when one of its certificates may have become useless. */
    void onChange(Consumer<String> listener) {
        listeners.add(listener);
    }

    /** A node that may be served has opened a stream with this number, from the address {@code host}. */
    synchronized void connected(long stream, NodeIdentity identity, String host) {
        if (identity.isPod()) {
            connected.put(stream, new Caller(identity.podUid(), host));
        }
    }

    synchronized void disconnected(long stream) {
        connected.remove(stream);
    }

    /** Why a node at {@code host} that has shown a good token is not to be taken in; empty if it is. */
    synchronized Optional<String> refusal(NodeIdentity identity, String host) {
        if (!identity.isPod()) {
            return Optional.empty();
        }
        if (gone.containsKey(identity.podUid())) {
            return Optional.of("its pod is gone");
        }
        return connected.values().stream()
                .filter(caller -> caller.podUid.equals(identity.podUid()) && !caller.host.equals(host))
                .findFirst()
                .map(caller -> "its pod is connected already, from another address");
    }

    /** Takes a node in that has shown a good token. Later enrolments of its pod are later in time, whatever the clock says. */
    Instant enrol(NodeIdentity identity) {
        Instant now = Instant.ofEpochMilli(clock.instant().toEpochMilli());
        if (!identity.isPod()) {
            return now;
        }
        synchronized (this) {
            Instant last = enrolments.get(identity.podUid());
            if (last != null && !now.isAfter(last)) {
                now = last.plusMillis(1);
            }
            enrolments.put(identity.podUid(), now);
        }
        listeners.forEach(listener -> listener.accept(identity.podUid()));
        return now;
    }

    /** Why a node whose certificate is good by itself is not to be served; empty if it is. */
    Optional<String> refusal(NodeCredential credential) {
        if (!clock.instant().isBefore(credential.notAfter())) {
            return Optional.of("its certificate has expired");
        }
        NodeIdentity identity = credential.identity();
        if (!identity.isPod()) {
            return Optional.empty();
        }
        boolean replaces;
        synchronized (this) {
            if (gone.containsKey(identity.podUid())) {
                return Optional.of("its pod is gone");
            }
            boolean fresh = clock.instant().isBefore(credential.enrolled().plus(NEWS_BOUND));
            if (listed && !there.contains(identity.podUid()) && !fresh) {
                return Optional.of("there is no such pod");
            }
            Instant last = enrolments.get(identity.podUid());
            if (last != null && credential.enrolled().isBefore(last)) {
                return Optional.of("its pod has enrolled again since");
            }
            // Another replica may have taken it in.
            replaces = last != null && credential.enrolled().isAfter(last);
            enrolments.put(identity.podUid(), credential.enrolled());
        }
        if (replaces) {
            listeners.forEach(listener -> listener.accept(identity.podUid()));
        }
        return Optional.empty();
    }
}
