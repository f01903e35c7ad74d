package dev.gatehouse.controller.compile;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.gatehouse.snapshot.proto.ShardBody;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes shards down for people, in YAML. What is secret is left out, and what is long has its length. */
final class GoldenText {

    private static final Set<String> SECRET = Set.of("private_key", "keys");

    private GoldenText() {}

    /** What a shard holds, by the names of its fields. */
    static Object body(ShardBody body) {
        return message(body).values().iterator().next();
    }

    private static Map<String, Object> message(Message message) {
        Map<String, Object> map = new LinkedHashMap<>();
        message.getAllFields().forEach((field, value) -> map.put(field.getName(), any(field, value)));
        return map;
    }

    private static Object any(FieldDescriptor field, Object value) {
        if (SECRET.contains(field.getName())) {
            return "(redacted)";
        }
        if (value instanceof List<?> list) {
            List<Object> all = new ArrayList<>();
            list.forEach(one -> all.add(one(field, one)));
            return all;
        }
        return one(field, value);
    }

    private static Object one(FieldDescriptor field, Object value) {
        return switch (value) {
            case Message message -> message(message);
            case ByteString bytes when field.getName().equals("address") -> address(bytes);
            case ByteString bytes when field.getName().equals("body") -> bytes.toStringUtf8();
            case ByteString bytes -> "(" + bytes.size() + " bytes)";
            case Integer number -> Integer.toUnsignedLong(number);
            case Boolean flag -> flag;
            case Long number -> number;
            default -> value.toString();
        };
    }

    private static String address(ByteString bytes) {
        try {
            return InetAddress.getByAddress(bytes.toByteArray()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.size() + " bytes", e);
        }
    }

    /** YAML of maps, lists and scalars, in which every string is quoted where it needs to be. */
    static String of(Map<String, Object> map) {
        StringBuilder text = new StringBuilder();
        map(map, "", text);
        return text.toString();
    }

    private static void map(Map<?, ?> map, String indent, StringBuilder text) {
        map.forEach((name, value) -> {
            text.append(indent).append(name).append(':');
            nested(value, indent + "  ", indent, text);
        });
    }

    private static void nested(Object value, String inner, String indent, StringBuilder text) {
        switch (value) {
            case Map<?, ?> map when map.isEmpty() -> text.append(" {}\n");
            case Map<?, ?> map -> {
                text.append('\n');
                map(map, inner, text);
            }
            case List<?> list -> {
                text.append('\n');
                list.forEach(one -> item(one, indent, text));
            }
            default -> text.append(' ').append(scalar(value)).append('\n');
        }
    }

    private static void item(Object value, String indent, StringBuilder text) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            StringBuilder lines = new StringBuilder();
            map(map, indent + "  ", lines);
            text.append(indent).append("- ").append(lines.substring(indent.length() + 2));
        } else {
            text.append(indent)
                    .append("- ")
                    .append(value instanceof Map ? "{}" : scalar(value))
                    .append('\n');
        }
    }

    private static String scalar(Object value) {
        return value instanceof String text && !text.matches("[A-Za-z/][A-Za-z0-9/._ -]*[A-Za-z0-9]|[A-Za-z/]")
                ? '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"'
                : value.toString();
    }
}
