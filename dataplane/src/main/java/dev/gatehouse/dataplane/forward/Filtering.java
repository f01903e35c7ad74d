package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.filter.Answers;
import dev.gatehouse.dataplane.filter.Filters;
import dev.gatehouse.dataplane.filter.RequestFacts;
import dev.gatehouse.dataplane.filter.Rewrites;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.RequestWriter;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.proxyprotocol.ProxiedAddresses;
import dev.gatehouse.dataplane.table.ListenerSettings;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rule's demands and filters do to one exchange, from its request to the end of its answer. Reused for one exchange after
 * another. Event loop only.
 */
final class Filtering {
    /** Of a body that a page replaces: more than error messages have. */
    private static final int MAX_DISCARDED = 65_536;

    private static final byte[] SAME = {};

    private final Worker worker;
    /** As they are for the response. */
    private List<CompiledFilter> filters = List.of();
    /** Of the request while it begins; null if the rule has no filters. */
    private @Nullable RequestFacts facts;

    private @Nullable Mirror mirror;
    private long maxBodyBytes;
    private boolean replaced;
    private long discarded;

    Filtering(Worker worker) {
        this.worker = worker;
    }

    /**
     * Begins with a request. The answer that needs no backend; null if it is to go on.
     *
     * @param added takes the fields that go with the answer
     */
    @Nullable
    OwnAnswer begin(
            CompiledRule rule, RequestHead head, Provenance provenance, ListenerSettings settings, AddedFields added) {
        replaced = false;
        discarded = 0;
        maxBodyBytes = rule.maxBodyBytes() > 0 ? rule.maxBodyBytes() : settings.maxBodyBytes();
        if (!rule.filters().isEmpty()) {
            facts = new RequestFacts(
                    rule,
                    head,
                    provenance,
                    worker.random().nextLong(),
                    worker.random().nextLong());
            filters = Filters.forResponse(facts);
        }
        return Answers.of(rule, head, provenance, facts, maxBodyBytes, added);
    }

    /** Of the request. */
    long maxBodyBytes() {
        return maxBodyBytes;
    }

    /** Writes the head for the backend; false if what the rule makes of the path must not be forwarded. */
    boolean compose(CompiledRule rule, RequestHead head, Provenance provenance, Affinity affinity, HeadBuffer out) {
        AddedFields added = worker.noFields();
        RequestFacts known = facts;
        byte[] path = SAME;
        if (known != null) {
            Filters.request(known, added);
            path = Rewrites.path(rule, head);
            if (Rewrites.isRefused(path)) {
                return false;
            }
        }
        affinity.request(head, added);
        long idHigh = known == null ? worker.random().nextLong() : known.idHigh();
        long idLow = known == null ? worker.random().nextLong() : known.idLow();
        RequestWriter.write(head, path, added, provenance, idHigh, idLow, out);
        return true;
    }

    /** What becomes of an answer of Gatehouse's own. */
    OwnAnswer own(OwnAnswer answer, AddedFields added) {
        return filters.isEmpty() ? answer : Filters.own(filters, answer, added);
    }

    /** Edits the backend's answer; what takes its place, if anything does. */
    @Nullable
    OwnAnswer response(ResponseHead head, AddedFields added) {
        if (filters.isEmpty()) {
            return null;
        }
        OwnAnswer page = Filters.insteadOf(head, filters, added);
        Filters.response(filters, head, added);
        replaced = page != null;
        return page;
    }

    /** Whether a page has taken the place of what the backend answers. */
    boolean replaced() {
        return replaced;
    }

    /** Whether of a replaced body more comes than is read for the sake of using the connection again. */
    boolean isTooMuch(int length) {
        discarded += length;
        return discarded > MAX_DISCARDED;
    }

    /** Sends a copy of a request that is not answered here to where its rule has a mirror, if it has one and chance wants it. */
    void mirror(
            RequestHead head,
            HeadBuffer composed,
            ProxiedAddresses addresses,
            String listener,
            ListenerSettings settings) {
        RequestFacts known = facts;
        CompiledFilter.Mirror target = known == null ? null : Filters.mirror(known.rule());
        if (known != null
                && target != null
                && target.target().unavailable().isEmpty()
                && worker.random().nextInt(100) < target.percent()
                && worker.mayMirror()) {
            mirror = new Mirror(worker, addresses, listener, settings);
            mirror.copy().beginCopy(head, composed, target.target().upstream(), settings);
        }
    }

    /** A part of the request's body, which stands in a buffer of the caller's. */
    void requestData(ByteBuf in, int from, int length) {
        if (mirror != null) {
            mirror.data(in, from, length);
        }
    }

    void requestEnd(FieldSection trailers) {
        if (mirror != null) {
            mirror.end(trailers);
        }
    }

    /**
     * Forgets the exchange.
     *
     * @param requestSent whether all of the request has come
     */
    void done(boolean requestSent) {
        if (mirror != null) {
            mirror.leave(requestSent);
            mirror = null;
        }
        filters = List.of();
        facts = null;
    }
}
