package dev.gatehouse.dataplane.filter;

import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.Field;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.HeaderEdits;

/**
 * Applies a rule's filters, in their order. Fields that frame or route a message or say where it came from are Gatehouse's own
 * and stay untouched by edits, except that Host may be set. Pure; one thread.
 */
public final class Filters {
    private static final byte[] HOST = {'h', 'o', 's', 't'};
    private static final byte[] NONE = {};

    private Filters() {}

    /** Edits the request's fields. */
    public static void request(CompiledRule rule, RequestHead head, AddedFields added) {
        for (CompiledFilter filter : rule.filters()) {
            if (filter instanceof CompiledFilter.RequestHeaders headers) {
                edit(headers.edits(), head, added);
            }
        }
    }

    /** Edits the response's fields. */
    public static void response(CompiledRule rule, ResponseHead head, AddedFields added) {
        for (CompiledFilter filter : rule.filters()) {
            if (filter instanceof CompiledFilter.ResponseHeaders headers) {
                edit(headers.edits(), head, added);
            }
        }
    }

    private static void edit(HeaderEdits edits, FieldSection head, AddedFields added) {
        for (byte[] name : edits.remove()) {
            remove(name, head, added, Field.PROTECTED);
        }
        for (HeaderEdits.Header header : edits.set()) {
            byte[] name = header.name();
            boolean host = java.util.Arrays.equals(name, HOST);
            if (host || mayEdit(name)) {
                remove(name, head, added, host ? Field.PROTECTED & ~Field.bit(Field.HOST) : Field.PROTECTED);
                added.add(name, header.value());
            }
        }
        for (HeaderEdits.Header header : edits.add()) {
            if (mayEdit(header.name())) {
                added.add(header.name(), header.value());
            }
        }
    }

    private static void remove(byte[] name, FieldSection head, AddedFields added, int protectedFields) {
        head.drop(name, 0, name.length, protectedFields);
        added.remove(name);
    }

    private static boolean mayEdit(byte[] name) {
        return (Field.bit(Field.of(name, 0, name.length)) & Field.PROTECTED) == 0;
    }

    /**
     * The path to forward when the rule rewrites the prefix that it matched: the rest behind that prefix is appended with
     * exactly one slash between (Gateway API, ReplacePrefixMatch). Empty: the path stays.
     */
    public static byte[] rewrittenPath(CompiledRule rule, RequestHead head) {
        for (CompiledFilter filter : rule.filters()) {
            if (filter instanceof CompiledFilter.RewritePrefix rewrite) {
                return join(rewrite.prefix(), rule.matchedPrefixLength(), head);
            }
        }
        return NONE;
    }

    private static byte[] join(byte[] prefix, int matchedLength, RequestHead head) {
        byte[] b = head.bytes();
        int prefixLength = prefix.length;
        while (prefixLength > 0 && prefix[prefixLength - 1] == '/') {
            prefixLength--;
        }
        int matched = Math.min(matchedLength, head.pathLength());
        // A prefix that ends in a slash matched that slash: it belongs to the rest.
        while (matched > 0 && b[head.pathStart() + matched - 1] == '/') {
            matched--;
        }
        int from = head.pathStart() + matched;
        int rest = head.pathLength() - matched;
        if (rest == 0 && prefixLength > 0) {
            return java.util.Arrays.copyOf(prefix, prefixLength);
        }
        boolean slash = rest == 0 || b[from] != '/';
        byte[] path = new byte[prefixLength + (slash ? 1 : 0) + rest];
        System.arraycopy(prefix, 0, path, 0, prefixLength);
        if (slash) {
            path[prefixLength] = '/';
        }
        System.arraycopy(b, from, path, path.length - rest, rest);
        return path;
    }
}
