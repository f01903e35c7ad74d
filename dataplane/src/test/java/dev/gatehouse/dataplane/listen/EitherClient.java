package dev.gatehouse.dataplane.listen;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client that says the same in HTTP/1.1 or in HTTP/2, over clear text, and follows no redirect. */
final class EitherClient implements AutoCloseable {

    /** An answer, whole. */
    record Answer(int status, Map<String, String> headers, String body) {

        /** Lower-case name; empty if there is none. */
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        String reason() {
            return header("gatehouse-reason");
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client;
    private final int port;

    /** @param proxy must have its listener {@code http} speak HTTP/2 in clear text for HTTP/2 */
    EitherClient(ProxyFixture proxy, HttpVersion version) {
        port = proxy.port();
        client = vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(version).setHttp2ClearTextUpgrade(false));
    }

    Answer get(String host, String target, String... headers) {
        return send("GET", host, target, "", headers);
    }

    /** @param headers names and values in turns */
    Answer send(String method, String host, String target, String body, String... headers) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(method))
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(target)
                .putHeader("host", host);
        for (int i = 0; i < headers.length; i += 2) {
            options.addHeader(headers[i], headers[i + 1]);
        }
        // Whoever waits for the body must do so on the event loop that brings it, or it may be gone before.
        return client.request(options)
                .compose(request -> {
                    request.authority(authority(host));
                    return request.send(Buffer.buffer(body))
                            .compose(response -> response.body().map(received -> {
                                Map<String, String> fields = new TreeMap<>();
                                response.headers()
                                        .forEach(field -> fields.merge(
                                                field.getKey().toLowerCase(Locale.ROOT),
                                                field.getValue(),
                                                (one, other) -> one + ", " + other));
                                return new Answer(response.statusCode(), fields, received.toString());
                            }));
                })
                .await();
    }

    private static HostAndPort authority(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']')
                ? HostAndPort.authority(host.substring(0, colon), Integer.parseInt(host.substring(colon + 1)))
                : HostAndPort.authority(host);
    }

    @Override
    public void close() {
        client.close().await();
        vertx.close().await();
    }
}
