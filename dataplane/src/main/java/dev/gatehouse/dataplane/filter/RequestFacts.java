package dev.gatehouse.dataplane.filter;

import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.Provenance;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.HeaderEdits;
import dev.gatehouse.snapshot.proto.Variable;
import java.util.Arrays;
import java.util.List;

/**
 * What the variables of a rule's filters stand for. All of it is part of a head that was parsed, or made here, and the name of a rule,
 * which is shown in printable ASCII: none can end a line.
 *
 * @param idHigh with idLow, the request's id if the client sent none
 */
public record RequestFacts(CompiledRule rule, RequestHead head, Provenance provenance, long idHigh, long idLow) {

    /** The value of a field. */
    byte[] value(HeaderEdits.Header header) {
        if (header.parts().isEmpty()) {
            return header.value();
        }
        HeadBuffer out = new HeadBuffer(128);
        for (HeaderEdits.Part part : header.parts()) {
            if (part.variable() == Variable.VARIABLE_UNSET) {
                out.append(part.text());
            } else {
                write(part.variable(), out);
            }
        }
        return Arrays.copyOf(out.bytes(), out.length());
    }

    /** The fields with the values that they have for this request. */
    List<HeaderEdits.Header> values(List<HeaderEdits.Header> headers) {
        return headers.stream().map(header -> header.with(value(header))).toList();
    }

    private void write(Variable variable, HeadBuffer out) {
        byte[] b = head.bytes();
        switch (variable) {
            case CLIENT_ADDRESS -> out.append(ascii(provenance.clientText(head)));
            case CLIENT_PORT -> out.append(ascii(provenance.clientPort(head)));
            case HOST -> out.append(b, head.hostStart(), head.hostLength());
            case METHOD -> out.append(ascii(head.method()));
            case PATH -> out.append(b, head.pathStart(), head.pathLength());
            case QUERY -> {
                if (head.queryLength() > 1) {
                    out.append(b, head.queryStart() + 1, head.queryLength() - 1);
                }
            }
            case REQUEST_ID -> head.writeRequestId(idHigh, idLow, out);
            case ROUTE -> rule.id().chars().forEach(c -> out.octet((byte) (c > ' ' && c < 0x7f ? c : '?')));
            case SCHEME -> out.append(ascii(provenance.isSecure(head, false) ? "https" : "http"));
            case TLS_VERSION -> out.append(ascii(provenance.tlsVersion()));
            case VARIABLE_UNSET, UNRECOGNIZED ->
                throw new IllegalStateException("a rule with a variable of an unknown kind is never applied");
        }
    }

    private static byte[] ascii(String text) {
        return Octets.ascii(text);
    }
}
