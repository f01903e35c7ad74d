package dev.gatehouse.dataplane.explain;

import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A request that somebody asks about.
 *
 * @param method as written
 * @param tls whether it comes over TLS, to the listener {@code https}
 * @param authority host with an optional port, as the URL has it
 * @param target path and query, as they would be sent
 * @param headers lines {@code name: value}
 * @param from whose connection it is
 */
public record Question(
        String method, boolean tls, String authority, String target, List<String> headers, InetAddress from) {

    /** The options of a question, as {@code /explain} takes them. */
    public static final String METHOD = "method";

    public static final String URL = "url";
    public static final String HEADER = "header";
    public static final String FROM = "from";

    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final String LOOPBACK = "127.0.0.1";

    /**
     * Reads one.
     *
     * @param url with {@code http} or {@code https}
     * @param from an IP address; empty: that of the loopback
     * @throws IllegalArgumentException if something cannot be part of a request; the message says what to write
     */
    public static Question of(String method, String url, List<String> headers, Optional<String> from) {
        int scheme = url.indexOf("://");
        String name = scheme < 0 ? "" : url.substring(0, scheme).toLowerCase(Locale.ROOT);
        if (!name.equals("http") && !name.equals("https")) {
            throw new IllegalArgumentException("the URL '" + url
                    + "' is none with http or https; write for example https://shop.example.com/api/x");
        }
        String rest = url.substring(scheme + 3);
        int fragment = rest.indexOf('#'); // clients keep it to themselves
        rest = fragment < 0 ? rest : rest.substring(0, fragment);
        int path = 0;
        while (path < rest.length() && rest.charAt(path) != '/' && rest.charAt(path) != '?') {
            path++;
        }
        String target = rest.substring(path);
        for (String text : List.of(method, rest)) {
            if (text.isEmpty() || text.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
                throw new IllegalArgumentException(
                        "'" + text + "' is empty or has a space or control character; write it percent-encoded");
            }
        }
        for (String header : headers) {
            if (header.indexOf(':') < 1 || header.chars().anyMatch(c -> c == '\r' || c == '\n')) {
                throw new IllegalArgumentException("the header '" + header + "' is none; write it as 'name: value'");
            }
        }
        return new Question(
                method,
                name.equals("https"),
                rest.substring(0, path),
                target.startsWith("/") ? target : "/" + target,
                List.copyOf(headers),
                address(from.orElse(LOOPBACK)));
    }

    /** As {@link #of}, from the query of {@code /explain}. */
    public static Question of(Map<String, List<String>> query) {
        String url = one(query, URL)
                .orElseThrow(() -> new IllegalArgumentException(
                        "nothing is asked; write for example /explain?url=https%3A%2F%2Fshop.example.com%2F"
                                + "&method=GET&header=x-tier%3A+gold&from=192.0.2.7"));
        return of(one(query, METHOD).orElse("GET"), url, query.getOrDefault(HEADER, List.of()), one(query, FROM));
    }

    /** The query from which {@link #of(Map)} reads this. */
    public String query() {
        List<String> parts = new ArrayList<>();
        parts.add(part(METHOD, method));
        parts.add(part(URL, (tls ? "https://" : "http://") + authority + target));
        headers.forEach(header -> parts.add(part(HEADER, header)));
        parts.add(part(FROM, from.getHostAddress()));
        return String.join("&", parts);
    }

    private static String part(String name, String value) {
        return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static Optional<String> one(Map<String, List<String>> query, String name) {
        return query.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** No look-up: a name is none. */
    private static InetAddress address(String text) {
        if (ADDRESS.matcher(text).matches()) {
            try {
                return InetAddress.getByName(text);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException("'" + text + "' is no IP address", e);
            }
        }
        throw new IllegalArgumentException("'" + text + "' is no IP address; write for example 192.0.2.7");
    }

    /** Name that a TLS client sends (RFC 6066, 3): no port, and never an IP address. */
    String serverName() {
        String host = hostOf(authority);
        return host.startsWith("[") || host.matches("[0-9.]+") ? "" : host;
    }

    /** Hosts that it may be about: that of the handshake and that of the request. Lower case, without ports. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(Set.of(hostOf(authority)));
        headers.stream()
                .filter(Question::isHost)
                .forEach(header -> names.add(hostOf(header.substring(5).strip())));
        names.remove("");
        return names;
    }

    private static boolean isHost(String header) {
        return header.regionMatches(true, 0, "host:", 0, 5);
    }

    /** As the parser of requests has it: lower case, no port, no dot at its end. */
    private static String hostOf(String authority) {
        String host = authority.replaceFirst(":[0-9]*$", "").toLowerCase(Locale.ROOT);
        return host.length() > 1 && host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    /** The head as it comes over the wire. A Host among the headers takes the place of the URL's, as curl has it. */
    byte[] head() {
        boolean named = headers.stream().anyMatch(Question::isHost);
        StringBuilder head =
                new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\n");
        if (!named) {
            head.append("Host: ").append(authority).append("\r\n");
        }
        headers.forEach(header -> head.append(header).append("\r\n"));
        return head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }
}
