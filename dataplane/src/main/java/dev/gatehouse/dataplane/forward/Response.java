package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.balance.Caller;
import dev.gatehouse.dataplane.balance.Endpoint;
import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * The response of an exchange on its way to the client: a backend's, with what the rule makes of it, or one of Gatehouse's own; and
 * what is told of it when it is over. Reused for one exchange after another. Event loop only.
 */
final class Response {
    private static final byte[] NOTHING = {};
    private static final byte[] HSTS = Octets.ascii("strict-transport-security");

    private final Worker worker;
    private final Filtering filtering;
    private final Affinity affinity;
    private final Caller caller;
    private Downstream client;
    private byte[] hsts = NOTHING;
    private int status;
    private long bytes;

    Response(Worker worker, Filtering filtering, Affinity affinity, Caller caller, Downstream client) {
        this.worker = worker;
        this.filtering = filtering;
        this.affinity = affinity;
        this.caller = caller;
        this.client = client;
    }

    /** @param to the client, or what stands before it to speak its language */
    void begin(Downstream to) {
        client = to;
        hsts = NOTHING;
        status = 0;
        bytes = 0;
    }

    /** The value of the Strict-Transport-Security field that every response is to have; nothing for none. */
    void demandTls(byte[] value) {
        hsts = value;
    }

    /** The last status that the client was told; 0 for none. */
    int status() {
        return status;
    }

    /** Of bodies that the client was sent. */
    long bytes() {
        return bytes;
    }

    void informational(ResponseHead head) {
        client.informational(head);
    }

    /** A backend has opened a WebSocket. */
    void switched(ResponseHead head, Endpoint by) {
        status = head.status();
        AddedFields added = worker.noFields();
        filtering.response(head, added);
        affinity.response(by, caller, head, added);
        client.switchProtocols(head, added);
    }

    /** A backend's response begins; a page of the rule's may take its place. */
    void head(ResponseHead head, Endpoint by) {
        status = head.status();
        AddedFields added = worker.noFields();
        OwnAnswer page = filtering.response(head, added);
        affinity.response(by, caller, head, added);
        if (hsts.length > 0) {
            head.drop(HSTS, 0, HSTS.length, 0);
            added.add(HSTS, hsts);
        }
        if (page == null) {
            client.responseHead(head, added);
        } else {
            bytes += client.answer(page, added);
        }
    }

    void data(ByteBuf in, int from, int length) {
        bytes += length;
        client.responseData(in, from, length);
    }

    /** Whether a page has gone out in the place of what the backend answers. */
    boolean isReplaced() {
        return filtering.replaced();
    }

    /** Whether of a replaced body more comes than is read for the sake of using the backend's connection again. */
    boolean isTooMuch(int length) {
        return filtering.isTooMuch(length);
    }

    /** What is told of it as the reason: nothing if it is the backend's own. */
    String reason() {
        return isReplaced() ? Reason.ERROR_PAGE.code() : "";
    }

    /** Ends it; the exchange is over, and another one may begin meanwhile. */
    void end(FieldSection trailers) {
        client.responseEnd(isReplaced() ? FieldSection.none() : trailers);
    }

    /**
     * Sends an answer of Gatehouse's own in the place of a backend's, all but its end. What has become of it.
     *
     * @param added further fields that go with it
     */
    OwnAnswer own(OwnAnswer answer, AddedFields added) {
        if (hsts.length > 0) {
            added.add(HSTS, hsts);
        }
        OwnAnswer made = filtering.own(answer, added);
        status = made.status();
        bytes += client.answer(made, added);
        return made;
    }
}
