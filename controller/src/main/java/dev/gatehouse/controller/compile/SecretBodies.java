package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.graph.RouteGraph;
import dev.gatehouse.controller.model.ObjectKey;
import dev.gatehouse.controller.model.SecretModel;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which Secrets are kept with what they hold: those that are referred to, nobody else's (docs/decisions/0030). Of the others there
 * is only their metadata; what they hold is asked for when it is first needed, and let go of with the last reference.
 */
final class SecretBodies {

    private final Objects objects;
    private final boolean letsGo;
    private final TreeSet<ObjectKey> wanted = new TreeSet<>();
    private final TreeSet<ObjectKey> toAsk = new TreeSet<>();
    private final Set<ObjectKey> changed = new HashSet<>();

    /** @param letsGo whether bodies that nobody needs are let go of; else whatever comes is kept */
    SecretBodies(Objects objects, boolean letsGo) {
        this.objects = objects;
        this.letsGo = letsGo;
    }

    /**
     * A Secret has a new version.
     *
     * @param referred whether anybody refers to it
     * @return whether what is kept of it stays as it is until the new version was read
     */
    boolean waitsFor(SecretModel version, boolean referred) {
        changed.add(version.key());
        if (!version.isUnread()) {
            forget(version.key());
            return false;
        }
        boolean outdated = referred
                && objects.secret(version.key()).filter(s -> !s.isUnread()).isPresent();
        if (outdated || wanted.contains(version.key())) {
            ask(version.key());
        }
        return outdated;
    }

    /** A Secret is not to be read any more: it was, or is gone. */
    void forget(ObjectKey key) {
        wanted.remove(key);
        toAsk.remove(key);
    }

    /** Those of the objects that are there and have to be read before anything can be made of them. */
    Set<ObjectKey> unread(Collection<ObjectKey> keys) {
        Set<ObjectKey> unread = new TreeSet<>();
        for (ObjectKey key : keys) {
            if (objects.secret(key).filter(SecretModel::isUnread).isPresent()) {
                unread.add(key);
            }
        }
        return unread;
    }

    /** These are to be read, unless that was asked for already. */
    void want(Collection<ObjectKey> unread) {
        for (ObjectKey key : unread) {
            if (!wanted.contains(key)) {
                ask(key);
            }
        }
    }

    private void ask(ObjectKey key) {
        wanted.add(key);
        toAsk.add(key);
    }

    /** Whether a Secret is to be read, or read again. */
    boolean wants(ObjectKey key) {
        return wanted.contains(key);
    }

    /** The Secrets that are to be read, or read again. */
    Set<ObjectKey> wanted() {
        return Set.copyOf(wanted);
    }

    /** Lets go of what nobody needs any more; of the rest, says what is to be read now. */
    Set<ObjectKey> settle(RouteGraph graph, SharedShards shared) {
        changed.addAll(graph.takeAbandoned());
        changed.addAll(shared.takeAbandoned());
        for (ObjectKey key : changed) {
            if (!graph.isReferred(key) && !shared.isSource(key)) {
                forget(key);
                objects.secret(key)
                        .filter(secret -> letsGo && !secret.isUnread())
                        .ifPresent(secret -> objects.put(SecretModel.unread(secret.meta(), secret.isTls())));
            }
        }
        changed.clear();
        Set<ObjectKey> now = Set.copyOf(toAsk);
        toAsk.clear();
        return now;
    }
}
