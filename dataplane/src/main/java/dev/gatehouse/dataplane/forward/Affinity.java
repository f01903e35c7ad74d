package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.balance.Selection;
import dev.gatehouse.dataplane.balance.SessionKeys;
import dev.gatehouse.dataplane.balance.SessionToken;
import dev.gatehouse.dataplane.balance.Upstream;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.Field;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.Choice;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.Split;
import dev.gatehouse.dataplane.observe.ExchangeObserver;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What ties a client to a variant of an experiment and to an endpoint: found in the request, told to backend and client. For rules
 * whose choice is not plain. Reused by its exchange for one request after another. Event loop only.
 */
@SuppressWarnings("ReferenceEquality") // PLAIN is a sentinel
final class Affinity {

    private static final byte[] NOTHING = {};
    private static final byte[] SET_COOKIE = Octets.ascii("set-cookie");

    private final Worker worker;
    private Choice choice = Choice.PLAIN;
    private @Nullable Upstream upstream;
    private boolean overTls;
    private Split.@Nullable Variant variant;
    private byte[] newVisitor = NOTHING;

    Affinity(Worker worker) {
        this.worker = worker;
    }

    /**
     * The backend for a request, and what the caller brings to the choice of its endpoint.
     *
     * @param secure whether the client came over TLS
     */
    Selection choose(CompiledRule rule, RequestHead head, SessionKeys keys, boolean secure, Caller caller) {
        Selection selection = backend(rule, head, keys, secure, caller);
        upstream = selection.upstream();
        return selection;
    }

    private Selection backend(CompiledRule rule, RequestHead head, SessionKeys keys, boolean secure, Caller caller) {
        choice = rule.choice();
        overTls = secure;
        choice.look(head, keys, caller);
        if (choice.split().isEmpty()) {
            return rule.backends().pick(caller);
        }
        Split split = choice.split().get();
        int index = split.choose(head);
        if (index == Split.NOBODY && split.visitor().isPresent()) {
            newVisitor = SessionToken.text(
                    worker.random().nextLong(),
                    worker.random().nextLong(),
                    worker.random().nextLong());
            index = split.ofVisitor(newVisitor);
        }
        if (index == Split.NOBODY) {
            index = split.ofChance(worker.random().nextLong());
        }
        if (index < 0) {
            return rule.backends().pick(caller); // no variant has any weight
        }
        variant = split.variant(index);
        return rule.backends().all().get(index);
    }

    /** Tells the backend. */
    void request(RequestHead head, AddedFields added) {
        tell(head, added);
    }

    /** Tells the client. */
    void response(Endpoint endpoint, Caller caller, FieldSection head, AddedFields added) {
        if (choice == Choice.PLAIN) {
            return;
        }
        tell(head, added);
        if (newVisitor.length > 0) {
            choice.split()
                    .flatMap(Split::visitor)
                    .ifPresent(cookie -> added.add(SET_COOKIE, cookie.set(newVisitor, overTls)));
        }
        if (choice.sticky().isPresent()) {
            byte[] token = Objects.requireNonNull(upstream).token(endpoint, caller);
            if (token.length > 0) {
                added.add(SET_COOKIE, choice.sticky().get().set(token, overTls));
            }
        }
    }

    /** Nobody else is believed. */
    private void tell(FieldSection head, AddedFields added) {
        Split.Variant told = variant;
        if (told != null) {
            byte[] name = choice.split().orElseThrow().header();
            head.drop(name, 0, name.length, Field.PROTECTED);
            added.remove(name);
            added.add(name, told.told());
        }
    }

    /** The exchange is over. */
    void done(ExchangeObserver observer, CompiledRule rule, int status) {
        if (choice == Choice.PLAIN) {
            return;
        }
        Split.Variant given = variant;
        if (given != null) {
            observer.assigned(rule.id(), given.experiment(), given.name(), status);
        }
        choice = Choice.PLAIN;
        upstream = null;
        variant = null;
        newVisitor = NOTHING;
    }
}
