package dev.gatehouse.dataplane.filter;

import dev.gatehouse.dataplane.http1.Paths;
import dev.gatehouse.dataplane.http1.RequestHead;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledRule;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The path that a rule makes of a request's. Pure. */
public final class Rewrites {

    /** No path. */
    private static final byte[] REFUSED = {'!'};

    private static final byte[] NONE = {};

    private Rewrites() {}

    /** Whether what {@link #path} gave must not be forwarded: it could mean something else to the backend than to any rule. */
    public static boolean isRefused(byte[] path) {
        return Arrays.equals(path, REFUSED);
    }

    /** The path to forward, unless {@link #isRefused} says that it must not be. Empty: it stays. */
    public static byte[] path(CompiledRule rule, RequestHead head) {
        for (CompiledFilter filter : rule.filters()) {
            byte[] path = path(filter, rule, head);
            if (path.length > 0) {
                return path;
            }
        }
        return NONE;
    }

    /** What one filter makes of the path; empty if it is not about paths. */
    static byte[] path(CompiledFilter filter, CompiledRule rule, RequestHead head) {
        return switch (filter) {
            case CompiledFilter.RewritePrefix(byte[] prefix) -> join(prefix, rule.matchedPrefixLength(), head);
            case CompiledFilter.RewritePath(byte[] path) -> path;
            case CompiledFilter.RewriteRegex regex -> {
                String path =
                        new String(head.bytes(), head.pathStart(), head.pathLength(), StandardCharsets.ISO_8859_1);
                byte[] made = regex.substitution().apply(path).getBytes(StandardCharsets.ISO_8859_1);
                // Parts that are normal where they stood need not be so where they come together.
                yield Paths.isNormal(made) ? made : REFUSED;
            }
            default -> NONE;
        };
    }

    /** The rest behind the matched prefix is appended with exactly one slash between (Gateway API, ReplacePrefixMatch). */
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
            return Arrays.copyOf(prefix, prefixLength);
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
