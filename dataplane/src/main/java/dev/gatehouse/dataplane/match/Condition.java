package dev.gatehouse.dataplane.match;

import com.google.re2j.Pattern;
import dev.gatehouse.snapshot.proto.HeaderMatch;
import dev.gatehouse.snapshot.proto.Match;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What must hold of a request beside its path: method, headers. Pure. */
public interface Condition {

    Condition ALWAYS = request -> true;

    boolean holds(RequestView request);

    /**
     * All further conditions of a match.
     *
     * @throws com.google.re2j.PatternSyntaxException if a regular expression does not compile
     */
    static Condition of(Match match) {
        List<Condition> all = new ArrayList<>();
        if (match.getMethodsCount() > 0) {
            List<String> methods = List.copyOf(match.getMethodsList());
            all.add(request -> methods.contains(request.method()));
        }
        for (HeaderMatch header : match.getHeadersList()) {
            all.add(header(header));
        }
        return switch (all.size()) {
            case 0 -> ALWAYS;
            case 1 -> all.getFirst();
            default ->
                request -> {
                    for (int i = 0; i < all.size(); i++) {
                        if (!all.get(i).holds(request)) {
                            return false;
                        }
                    }
                    return true;
                };
        };
    }

    private static Condition header(HeaderMatch match) {
        byte[] name = match.getName().getBytes(StandardCharsets.US_ASCII);
        return switch (match.getValueCase()) {
            case EXACT -> {
                byte[] value = match.getExact().getBytes(StandardCharsets.UTF_8);
                yield request -> {
                    long found = request.header(name);
                    return found >= 0
                            && Arrays.equals(
                                    request.bytes(),
                                    start(found),
                                    start(found) + length(found),
                                    value,
                                    0,
                                    value.length);
                };
            }
            case REGEX -> {
                Pattern pattern = Pattern.compile(match.getRegex());
                yield request -> {
                    long found = request.header(name);
                    return found >= 0
                            && pattern.matches(new String(
                                    request.bytes(), start(found), length(found), StandardCharsets.ISO_8859_1));
                };
            }
            case PRESENT, VALUE_NOT_SET -> request -> request.header(name) >= 0;
        };
    }

    private static int start(long packed) {
        return (int) (packed >>> 32);
    }

    private static int length(long packed) {
        return (int) packed;
    }
}
