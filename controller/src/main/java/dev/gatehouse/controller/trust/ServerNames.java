package dev.gatehouse.controller.trust;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Under which names data planes may reach a controller.
 *
 * @param dnsNames at least one
 * @param addresses IP addresses
 */
public record ServerNames(List<String> dnsNames, List<String> addresses) {

    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    public ServerNames {
        dnsNames = List.copyOf(dnsNames);
        addresses = List.copyOf(addresses);
    }

    /**
     * The names of a Service inside its cluster, those of this machine for development, and what else is asked for.
     *
     * @param more DNS names and IP addresses
     */
    public static ServerNames of(String service, String namespace, List<String> more) {
        List<String> names = new ArrayList<>(List.of(
                service + "." + namespace + ".svc",
                service + "." + namespace + ".svc.cluster.local",
                service + "." + namespace,
                "localhost"));
        List<String> addresses = new ArrayList<>(List.of("127.0.0.1", "::1"));
        for (String name : more) {
            (ADDRESS.matcher(name).matches() ? addresses : names).add(name);
        }
        return new ServerNames(names, addresses);
    }
}
