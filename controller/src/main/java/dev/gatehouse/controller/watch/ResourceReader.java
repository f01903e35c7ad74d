package dev.gatehouse.controller.watch;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListMeta;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what the API server sends of one kind: pages of a listing and events of a watch (Kubernetes API concepts, "Efficient detection
 * of changes"). Straight from bytes to objects: no tree is built in between, and what managedFields tells of single fields is passed over. An object that
 * cannot be read is named in the log and left out; it takes nothing else with it.
 */
final class ResourceReader<T extends HasMetadata> {

    private static final Logger LOG = LoggerFactory.getLogger(ResourceReader.class);
    private static final ObjectMapper MAPPER = mapper();
    private static final ObjectReader LIST_META = MAPPER.readerFor(ListMeta.class);
    private static final ObjectReader STATUS = MAPPER.readerFor(Status.class);
    private static final ObjectReader TREE = MAPPER.reader();

    private final Class<T> type;
    private final ObjectReader reader;

    ResourceReader(Class<T> type) {
        this.type = type;
        this.reader = MAPPER.readerFor(type);
    }

    private static ObjectMapper mapper() {
        ObjectMapper mapper = new ObjectMapper();
        new KubernetesSerialization(mapper, false); // which teaches it what fabric8's types need
        return mapper.addMixIn(ManagedFieldsEntry.class, OfWhom.class);
    }

    /** Who wrote to which part of an object is of interest, but not which fields they own, a third of its bytes, and when. */
    @JsonIgnoreProperties({"apiVersion", "fieldsType", "fieldsV1", "operation", "time"})
    private abstract static class OfWhom {}

    /**
     * A page of a listing.
     *
     * @param unreadable what else is there, but could not be read
     * @param version of the listing
     * @param next where the listing goes on; empty: this was its last page
     */
    record Page<T>(List<T> items, List<ObjectMeta> unreadable, String version, String next) {}

    /**
     * Something that a watch tells.
     *
     * @param type ADDED, MODIFIED, DELETED, BOOKMARK or ERROR
     * @param object empty for an error, and if it could not be read
     * @param metadata of the object, in any case; of a bookmark, the version alone
     * @param code of the error, an HTTP status; 0 if it is none
     * @param message of the error
     */
    record Event<T>(String type, Optional<T> object, ObjectMeta metadata, int code, String message) {}

    /**
     * Reads one object.
     *
     * @throws UncheckedIOException if it is none
     */
    T object(byte[] body) {
        try {
            return reader.readValue(body);
        } catch (IOException e) {
            throw new UncheckedIOException("it is no " + type.getSimpleName(), e);
        }
    }

    /**
     * Reads a page.
     *
     * @throws UncheckedIOException if it is no listing
     */
    Page<T> page(byte[] body) {
        try {
            return page(body, this::item);
        } catch (IOException e) {
            return pageByItem(body);
        }
    }

    private interface Item<T> {
        void read(JsonParser parser, Page<T> into) throws IOException;
    }

    private void item(JsonParser parser, Page<T> into) throws IOException {
        into.items().add(reader.readValue(parser));
    }

    /** The slow way, which finds the item that cannot be read. */
    private Page<T> pageByItem(byte[] body) {
        try {
            return page(body, (parser, into) -> {
                JsonNode tree = TREE.readTree(parser);
                fromTree(tree)
                        .ifPresentOrElse(
                                into.items()::add, () -> into.unreadable().add(metadata(tree)));
            });
        } catch (IOException e) {
            throw new UncheckedIOException("the listing of " + type.getSimpleName() + " cannot be read", e);
        }
    }

    private static <T> Page<T> page(byte[] body, Item<T> each) throws IOException {
        Page<T> page = new Page<>(new ArrayList<>(), new ArrayList<>(), "", "");
        ListMeta meta = new ListMeta();
        try (JsonParser parser = MAPPER.createParser(body)) {
            expect(parser.nextToken(), JsonToken.START_OBJECT, parser);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if ("metadata".equals(field)) {
                    meta = LIST_META.readValue(parser);
                } else if ("items".equals(field) && value == JsonToken.START_ARRAY) {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        each.read(parser, page);
                    }
                } else {
                    parser.skipChildren();
                }
            }
        }
        return new Page<>(page.items(), page.unreadable(), text(meta.getResourceVersion()), text(meta.getContinue()));
    }

    /**
     * Reads an event.
     *
     * @throws UncheckedIOException if it is none
     */
    Event<T> event(byte[] line) {
        try {
            return fastEvent(line);
        } catch (IOException e) {
            return eventFromTree(line);
        }
    }

    private Event<T> fastEvent(byte[] line) throws IOException {
        try (JsonParser parser = MAPPER.createParser(line)) {
            expect(parser.nextToken(), JsonToken.START_OBJECT, parser);
            String what = "";
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                if ("type".equals(field)) {
                    what = parser.getText();
                } else if ("object".equals(field) && what.isEmpty()) {
                    return eventFromTree(line); // no API server writes it in this order
                } else if ("object".equals(field)) {
                    return "ERROR".equals(what)
                            ? error(STATUS.readValue(parser))
                            : seen(what, reader.readValue(parser));
                } else {
                    parser.skipChildren();
                }
            }
            throw new IOException("neither type nor object");
        }
    }

    private Event<T> eventFromTree(byte[] line) {
        try {
            JsonNode tree = TREE.readTree(line);
            JsonNode object = tree.path("object");
            String what = tree.path("type").asText();
            if (what.isEmpty() || !object.isObject()) {
                throw new IOException("neither type nor object");
            }
            if ("ERROR".equals(what)) {
                return error(STATUS.readValue(object));
            }
            return new Event<>(what, fromTree(object), metadata(object), 0, "");
        } catch (IOException e) {
            throw new UncheckedIOException("an event of a watch of " + type.getSimpleName() + " cannot be read", e);
        }
    }

    private Event<T> seen(String what, T object) {
        return new Event<>(what, Optional.of(object), object.getMetadata(), 0, "");
    }

    private static <T> Event<T> error(Status status) {
        int code = status.getCode() == null ? 0 : status.getCode();
        return new Event<>("ERROR", Optional.empty(), new ObjectMeta(), code, text(status.getMessage()));
    }

    private Optional<T> fromTree(JsonNode object) {
        try {
            return Optional.of(reader.readValue(object));
        } catch (IOException e) {
            ObjectMeta metadata = metadata(object);
            LOG.error(
                    "event=object_unreadable kind={} namespace={} name={} reason=\"{}\" note=\"what was known of it"
                            + " stays\"",
                    type.getSimpleName(),
                    metadata.getNamespace(),
                    metadata.getName(),
                    e.getMessage());
            return Optional.empty();
        }
    }

    private static ObjectMeta metadata(JsonNode object) {
        JsonNode found = object.path("metadata");
        ObjectMeta metadata = new ObjectMeta();
        metadata.setNamespace(found.path("namespace").asText());
        metadata.setName(found.path("name").asText());
        metadata.setResourceVersion(found.path("resourceVersion").asText());
        return metadata;
    }

    private static void expect(JsonToken found, JsonToken wanted, JsonParser parser) throws IOException {
        if (found != wanted) {
            throw new IOException(
                    "found " + found + " at " + parser.currentLocation().offsetDescription());
        }
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
