package dev.gatehouse.controller.watch;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.utils.IpAddressMatcher;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The proxy between a controller and its API server, as {@code proxy-url} of a kubeconfig, or HTTPS_PROXY and NO_PROXY name it. */
final class ApiServerProxy {

    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+(/[0-9]+)?|[0-9a-fA-F:]*:[0-9a-fA-F:.]+(/[0-9]+)?");

    private ApiServerProxy() {}

    /**
     * None if there is none to be used for {@code server}.
     *
     * @throws IllegalArgumentException if what is configured is no URL
     */
    static Optional<ProxyOptions> of(URI server, Config config) {
        String configured = "https".equals(server.getScheme()) ? config.getHttpsProxy() : config.getHttpProxy();
        if (configured == null || configured.isBlank() || excepted(server.getHost(), config.getNoProxy())) {
            return Optional.empty();
        }
        URI proxy = URI.create(configured);
        if (proxy.getHost() == null || proxy.getPort() < 0) {
            throw new IllegalArgumentException(
                    "the proxy \"" + configured
                            + "\" to the API server is to be a URL with a host and a port, such as http://proxy.example.com:3128");
        }
        ProxyOptions options =
                new ProxyOptions().setType(type(proxy)).setHost(proxy.getHost()).setPort(proxy.getPort());
        if (config.getProxyUsername() != null) {
            options.setUsername(config.getProxyUsername()).setPassword(config.getProxyPassword());
        }
        return Optional.of(options);
    }

    private static ProxyType type(URI proxy) {
        return switch (proxy.getScheme().toLowerCase(Locale.ROOT)) {
            case "socks4" -> ProxyType.SOCKS4;
            case "socks", "socks5" -> ProxyType.SOCKS5;
            default -> ProxyType.HTTP;
        };
    }

    private static boolean excepted(String host, String @Nullable [] exceptions) {
        return exceptions != null
                && Arrays.stream(exceptions)
                        .map(String::strip)
                        .filter(one -> !one.isEmpty())
                        .anyMatch(one -> covers(one, host));
    }

    private static boolean covers(String exception, String host) {
        if (ADDRESS.matcher(exception).matches()) {
            return ADDRESS.matcher(host).matches() && new IpAddressMatcher(exception).matches(host);
        }
        String suffix = exception.startsWith(".") ? exception : "." + exception;
        return exception.equals("*")
                || host.equalsIgnoreCase(exception)
                || host.toLowerCase(Locale.ROOT).endsWith(suffix.toLowerCase(Locale.ROOT));
    }
}
