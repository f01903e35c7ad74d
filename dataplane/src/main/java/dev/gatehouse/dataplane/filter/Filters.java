package dev.gatehouse.dataplane.filter;

import dev.gatehouse.dataplane.http1.AddedFields;
import dev.gatehouse.dataplane.http1.Field;
import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.Octets;
import dev.gatehouse.dataplane.http1.OwnAnswer;
import dev.gatehouse.dataplane.http1.Reason;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.match.CompiledFilter;
import dev.gatehouse.dataplane.match.CompiledRule;
import dev.gatehouse.dataplane.match.Cors;
import dev.gatehouse.dataplane.match.ErrorPages;
import dev.gatehouse.dataplane.match.HeaderEdits;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Applies a rule's filters, in their order. Fields that frame or route a message or say where it came from are Gatehouse's own
 * and stay untouched by edits, except that Host may be set. Pure; one thread.
 */
public final class Filters {
    /** Of a backend's answer whose body is replaced: what they say is not about the body. */
    private static final List<byte[]> KEPT = List.of(
            Octets.ascii("allow"),
            Octets.ascii("retry-after"),
            Octets.ascii("set-cookie"),
            Octets.ascii("www-authenticate"));

    private static final byte[] HOST = {'h', 'o', 's', 't'};

    private Filters() {}

    /** Edits the request's fields. */
    public static void request(RequestFacts facts, AddedFields added) {
        for (CompiledFilter filter : facts.rule().filters()) {
            if (filter instanceof CompiledFilter.RequestHeaders headers) {
                edit(known(headers.edits(), facts), facts.head(), added);
            } else if (filter instanceof CompiledFilter.RewriteHost host) {
                remove(HOST, facts.head(), added, Field.PROTECTED & ~Field.bit(Field.HOST));
                added.add(HOST, host.host());
            }
        }
    }

    /** The filters for the response. What its values depend on is known with the request, whose head is gone by then. */
    public static List<CompiledFilter> forResponse(RequestFacts facts) {
        List<CompiledFilter> filters = facts.rule().filters();
        return filters.stream().anyMatch(Filters::dependsOnRequest)
                ? filters.stream().map(filter -> known(filter, facts)).toList()
                : filters;
    }

    private static boolean dependsOnRequest(CompiledFilter filter) {
        return filter instanceof Cors
                || (filter instanceof CompiledFilter.ResponseHeaders headers
                        && headers.edits().hasVariables());
    }

    private static CompiledFilter known(CompiledFilter filter, RequestFacts facts) {
        return switch (filter) {
            case CompiledFilter.ResponseHeaders headers ->
                new CompiledFilter.ResponseHeaders(known(headers.edits(), facts));
            case Cors cors ->
                new CompiledFilter.AnswerHeaders(
                        cors.answer(facts.head().bytes(), facts.head().header(Answers.ORIGIN)));
            default -> filter;
        };
    }

    private static HeaderEdits known(HeaderEdits edits, RequestFacts facts) {
        return edits.hasVariables()
                ? new HeaderEdits(facts.values(edits.set()), facts.values(edits.add()), edits.remove())
                : edits;
    }

    /** Edits the response's fields. */
    public static void response(List<CompiledFilter> filters, ResponseHead head, AddedFields added) {
        for (int i = 0; i < filters.size(); i++) {
            switch (filters.get(i)) {
                case CompiledFilter.ResponseHeaders(HeaderEdits edits) -> edit(edits, head, added);
                case CompiledFilter.AnswerHeaders(HeaderEdits edits) -> edit(edits, head, added);
                default -> {}
            }
        }
    }

    /** Where copies of a rule's requests go; null if nowhere. */
    public static CompiledFilter.@Nullable Mirror mirror(CompiledRule rule) {
        for (CompiledFilter filter : rule.filters()) {
            if (filter instanceof CompiledFilter.Mirror mirror) {
                return mirror;
            }
        }
        return null;
    }

    /** What becomes of an answer of Gatehouse's own: an error may get another body, and fields are added that every answer needs. */
    public static OwnAnswer own(List<CompiledFilter> filters, OwnAnswer answer, AddedFields added) {
        OwnAnswer made = answer;
        for (int i = 0; i < filters.size(); i++) {
            switch (filters.get(i)) {
                case CompiledFilter.AnswerHeaders(HeaderEdits edits) -> {
                    edits.set().forEach(header -> added.add(header.name(), header.value()));
                    edits.add().forEach(header -> added.add(header.name(), header.value()));
                }
                case ErrorPages pages
                when !answer.reason().equals(Reason.RESPOND.code()) ->
                    made = replaced(answer, pages.page(answer.status(), false));
                default -> {}
            }
        }
        return made;
    }

    private static OwnAnswer replaced(OwnAnswer answer, ErrorPages.@Nullable Page page) {
        return page == null ? answer : new OwnAnswer(answer.status(), answer.reason(), page.contentType(), page.body());
    }

    /** The answer that takes the place of a backend's, with those of its fields that say what to do; null if none does. */
    public static @Nullable OwnAnswer insteadOf(ResponseHead head, List<CompiledFilter> filters, AddedFields added) {
        for (int i = 0; i < filters.size(); i++) {
            if (filters.get(i) instanceof ErrorPages pages) {
                ErrorPages.Page page = pages.page(head.status(), true);
                if (page != null) {
                    KEPT.forEach(name -> keep(name, head, added));
                    return new OwnAnswer(head.status(), Reason.ERROR_PAGE.code(), page.contentType(), page.body());
                }
            }
        }
        return null;
    }

    private static void keep(byte[] name, ResponseHead head, AddedFields added) {
        for (int line = 0; line < head.count(); line++) {
            int from = head.nameStart(line);
            if (Octets.equalsIgnoreCase(head.bytes(), from, head.nameEnd(line) - from, name)) {
                added.add(name, Arrays.copyOfRange(head.bytes(), head.valueStart(line), head.valueEnd(line)));
            }
        }
    }

    private static void edit(HeaderEdits edits, FieldSection head, AddedFields added) {
        for (byte[] name : edits.remove()) {
            remove(name, head, added, Field.PROTECTED);
        }
        for (HeaderEdits.Header header : edits.set()) {
            byte[] name = header.name();
            boolean host = Arrays.equals(name, HOST);
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
}
