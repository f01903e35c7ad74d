package dev.gatehouse.controller.folder;

import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatehouse.controller.model.NearestName;
import io.fabric8.kubernetes.api.model.AnyType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Turns a YAML node into JSON that fits a Java type, and refuses what does not: unknown fields, repeated fields, and
 * values of another type than the field's. The Kubernetes API server is as strict with {@code fieldValidation=Strict}.
 */
final class StrictReader {

    private static final int MAX_DEPTH = 64;

    private final ObjectMapper mapper;
    private final Map<Class<?>, Map<String, JavaType>> fields = new HashMap<>();

    StrictReader(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** The JSON, and the line of every field in it. */
    record Read(JsonNode json, FieldLines lines) {}

    Read read(Node node, Class<?> type) throws BrokenFileException {
        Map<String, Integer> lines = new HashMap<>();
        JsonNode json = value(node, Optional.of(mapper.constructType(type)), "", lines, 0);
        return new Read(json, new FieldLines(line(node), lines));
    }

    static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    /** @param type empty where anything goes */
    private JsonNode value(Node node, Optional<JavaType> type, String path, Map<String, Integer> lines, int depth)
            throws BrokenFileException {
        if (depth > MAX_DEPTH) {
            throw new BrokenFileException(line(node), path + " is nested too deeply");
        }
        return switch (node) {
            case MappingNode mapping -> mapping(mapping, type, path, lines, depth);
            case SequenceNode sequence -> sequence(sequence, type, path, lines, depth);
            case ScalarNode scalar -> scalar(scalar, type, path);
            default -> throw new BrokenFileException(line(node), path + " cannot be read");
        };
    }

    private JsonNode mapping(
            MappingNode node, Optional<JavaType> type, String path, Map<String, Integer> lines, int depth)
            throws BrokenFileException {
        if (type.isPresent() && (isScalar(type.get()) || type.get().isCollectionLikeType())) {
            throw mismatch(node, path, type.get(), "an object");
        }
        Optional<Map<String, JavaType>> known =
                type.filter(t -> !t.isMapLikeType()).flatMap(this::fieldsOf);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new BrokenFileException(line(tuple.getKeyNode()), path + " has a key that is no name");
            }
            String name = key.getValue();
            String child = known.isPresent() || !name.contains(".")
                    ? (path.isEmpty() ? name : path + "." + name)
                    : path + "['" + name + "']";
            if (json.has(name)) {
                throw new BrokenFileException(
                        line(key), child + " is there twice; the first is in line " + lines.get(child));
            }
            Optional<JavaType> childType = type.filter(JavaType::isMapLikeType).map(JavaType::getContentType);
            if (known.isPresent()) {
                childType = Optional.ofNullable(known.get().get(name));
                if (childType.isEmpty()) {
                    throw new BrokenFileException(line(key), unknownField(path, name, known.get()));
                }
            }
            lines.put(child, line(key));
            json.set(name, value(tuple.getValueNode(), childType, child, lines, depth + 1));
        }
        return json;
    }

    private static String unknownField(String path, String name, Map<String, JavaType> known) {
        String where = path.isEmpty() ? "the object" : path;
        return where + " has no field '" + name + "'; "
                + NearestName.to(name, known.keySet())
                        .map(nearest -> "did you mean '" + nearest + "'?")
                        .orElse("it has " + String.join(", ", known.keySet()));
    }

    private JsonNode sequence(
            SequenceNode node, Optional<JavaType> type, String path, Map<String, Integer> lines, int depth)
            throws BrokenFileException {
        if (type.isPresent()
                && !type.get().isCollectionLikeType()
                && fieldsOf(type.get()).isPresent()) {
            throw mismatch(node, path, type.get(), "a list");
        }
        if (type.isPresent() && (isScalar(type.get()) || type.get().isMapLikeType())) {
            throw mismatch(node, path, type.get(), "a list");
        }
        Optional<JavaType> element = type.filter(JavaType::isCollectionLikeType).map(JavaType::getContentType);
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < node.getValue().size(); i++) {
            Node item = node.getValue().get(i);
            String child = path + "[" + i + "]";
            lines.put(child, line(item));
            if (element.isPresent() && item.getTag().equals(Tag.NULL)) {
                throw new BrokenFileException(line(item), child + " is empty");
            }
            json.add(value(item, element, child, lines, depth + 1));
        }
        return json;
    }

    private JsonNode scalar(ScalarNode node, Optional<JavaType> type, String path) throws BrokenFileException {
        String text = node.getValue();
        Tag tag = node.getTag();
        if (tag.equals(Tag.NULL)) {
            return JsonNodeFactory.instance.nullNode();
        }
        if (type.isPresent()) {
            check(node, type.get(), path);
        }
        if (tag.equals(Tag.BOOL)) {
            return JsonNodeFactory.instance.booleanNode(Boolean.parseBoolean(text));
        }
        if (tag.equals(Tag.INT)) {
            return wholeNumber(new BigInteger(text));
        }
        if (tag.equals(Tag.FLOAT)) {
            return JsonNodeFactory.instance.numberNode(Double.parseDouble(text));
        }
        return JsonNodeFactory.instance.textNode(text);
    }

    /** As Jackson's own parser would give it: types that read themselves, IntOrString first, ask for an int. */
    private static JsonNode wholeNumber(BigInteger value) {
        return switch ((value.bitLength() + 32) / 32) {
            case 1 -> JsonNodeFactory.instance.numberNode(value.intValue());
            case 2 -> JsonNodeFactory.instance.numberNode(value.longValue());
            default -> JsonNodeFactory.instance.numberNode(value);
        };
    }

    private void check(ScalarNode node, JavaType type, String path) throws BrokenFileException {
        Class<?> raw = type.getRawClass();
        Tag tag = node.getTag();
        boolean fits;
        if (raw == String.class || raw.isEnum()) {
            fits = tag.equals(Tag.STR);
        } else if (raw == Boolean.class || raw == boolean.class) {
            fits = tag.equals(Tag.BOOL);
        } else if (raw == Integer.class || raw == int.class || raw == Long.class || raw == long.class) {
            fits = tag.equals(Tag.INT);
        } else {
            fits = !type.isMapLikeType()
                    && !type.isCollectionLikeType()
                    && fieldsOf(type).isEmpty();
        }
        if (!fits) {
            throw mismatch(node, path, type, "'" + node.getValue() + "'");
        }
        if (raw.isEnum()) {
            constant(node, raw, path);
        }
    }

    private void constant(ScalarNode node, Class<?> type, String path) throws BrokenFileException {
        List<String> known = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            known.add(mapper.convertValue(constant, String.class));
        }
        if (!known.contains(node.getValue())) {
            throw new BrokenFileException(
                    line(node),
                    path + " is '" + node.getValue() + "'; "
                            + NearestName.to(node.getValue(), known)
                                    .map(nearest -> "did you mean '" + nearest + "'?")
                                    .orElse("write one of " + String.join(", ", known)));
        }
    }

    private BrokenFileException mismatch(Node node, String path, JavaType type, String found) {
        Class<?> raw = type.getRawClass();
        String expected;
        if (raw == String.class || raw.isEnum()) {
            expected = "a string; put it in quotes";
        } else if (raw == Boolean.class || raw == boolean.class) {
            expected = "true or false";
        } else if (isScalar(type)) {
            expected = "a whole number";
        } else if (type.isCollectionLikeType()) {
            expected = "a list";
        } else {
            expected = fieldsOf(type)
                    .map(known -> "an object with " + String.join(", ", known.keySet()))
                    .orElse("an object");
        }
        return new BrokenFileException(line(node), path + " is " + found + ", but must be " + expected);
    }

    private static boolean isScalar(JavaType type) {
        Class<?> raw = type.getRawClass();
        return raw == String.class
                || raw.isEnum()
                || raw.isPrimitive()
                || Number.class.isAssignableFrom(raw)
                || raw == Boolean.class;
    }

    /** The fields of a type, sorted; empty if it reads itself or takes anything. */
    private Optional<Map<String, JavaType>> fieldsOf(JavaType type) {
        Map<String, JavaType> known = fields.computeIfAbsent(type.getRawClass(), raw -> introspect(type));
        return known.isEmpty() ? Optional.empty() : Optional.of(known);
    }

    private Map<String, JavaType> introspect(JavaType type) {
        DeserializationConfig config = mapper.getDeserializationConfig();
        boolean readsItself = AnyType.class.isAssignableFrom(type.getRawClass()) // IntOrString and its like
                || config.getAnnotationIntrospector()
                                .findDeserializer(
                                        config.introspectClassAnnotations(type).getClassInfo())
                        != null;
        if (readsItself || isScalar(type) || type.getRawClass() == Object.class) {
            return Map.of();
        }
        Map<String, JavaType> found = new TreeMap<>();
        for (BeanPropertyDefinition property : config.introspect(type).findProperties()) {
            if (!property.getName().equals("additionalProperties")) {
                found.put(property.getName(), property.getPrimaryType());
            }
        }
        return found;
    }
}
