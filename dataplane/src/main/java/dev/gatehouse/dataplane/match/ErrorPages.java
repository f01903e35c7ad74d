package dev.gatehouse.dataplane.match;

import dev.gatehouse.snapshot.proto.ErrorPage;
import dev.gatehouse.snapshot.proto.StatusRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bodies in the place of those that come with errors. Immutable. */
public final class ErrorPages implements CompiledFilter {

    /** One of them. */
    @SuppressWarnings("ArrayRecordComponent") // written to the wire as they are; never compared
    public record Page(List<StatusRange> statuses, byte[] contentType, byte[] body, boolean ofBackends) {

        boolean fits(int status) {
            for (int i = 0; i < statuses.size(); i++) {
                if (status >= statuses.get(i).getFrom()
                        && status <= statuses.get(i).getTo()) {
                    return true;
                }
            }
            return false;
        }
    }

    private final List<Page> pages;

    ErrorPages(dev.gatehouse.snapshot.proto.ErrorPages wire) {
        pages = wire.getPagesList().stream().map(ErrorPages::page).toList();
    }

    private static Page page(ErrorPage wire) {
        return new Page(
                wire.getStatusesList(),
                wire.getContentType().getBytes(StandardCharsets.UTF_8),
                wire.getBody().toByteArray(),
                wire.getBackend());
    }

    @Override
    public String inWords() {
        return "errorPages: " + pages.size();
    }

    /**
     * The first page for a status; null if there is none.
     *
     * @param ofBackend whether a backend has answered
     */
    public @Nullable Page page(int status, boolean ofBackend) {
        for (int i = 0; i < pages.size(); i++) {
            if (pages.get(i).fits(status) && (pages.get(i).ofBackends() || !ofBackend)) {
                return pages.get(i);
            }
        }
        return null;
    }
}
