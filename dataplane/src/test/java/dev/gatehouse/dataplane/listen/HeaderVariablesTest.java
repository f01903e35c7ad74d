package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.snapshot.proto.Filter;
import dev.gatehouse.snapshot.proto.HeaderEdit;
import dev.gatehouse.snapshot.proto.HeaderValue;
import dev.gatehouse.snapshot.proto.ValuePart;
import dev.gatehouse.snapshot.proto.Variable;
import dev.gatehouse.testkit.RecordingBackend;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What only a request can tell, in headers of the request and of its answer. */
final class HeaderVariablesTest {
    private final RecordingBackend backend = RecordingBackend.ok("x");
    private final ProxyFixture proxy = new ProxyFixture();

    private static HeaderValue value(String name, Variable variable) {
        return HeaderValue.newBuilder()
                .setName(name)
                .addParts(ValuePart.newBuilder().setText("<"))
                .addParts(ValuePart.newBuilder().setVariable(variable))
                .addParts(ValuePart.newBuilder().setText(">"))
                .build();
    }

    private static HeaderEdit.Builder all() {
        HeaderEdit.Builder edit = HeaderEdit.newBuilder();
        for (Variable variable : Variable.values()) {
            if (variable != Variable.UNRECOGNIZED && variable != Variable.VARIABLE_UNSET) {
                edit.addSet(value("v-" + variable.getNumber(), variable));
            }
        }
        return edit;
    }

    @BeforeEach
    void route() {
        proxy.listener(listener -> listener.setHttp2Cleartext(true).addTrustedProxies("127.0.0.0/8"))
                .route(
                        rule -> rule.addFilters(Filter.newBuilder().setRequestHeaders(all()))
                                .addFilters(Filter.newBuilder().setResponseHeaders(all())),
                        backend.address());
    }

    @AfterEach
    void close() {
        proxy.close();
        backend.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void everyVariableStandsForWhatTheRequestTells(HttpVersion version) {
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.send(
                    "PUT",
                    "shop.example.com:8080",
                    "/a%20b?c=d&e",
                    "",
                    "x-request-id",
                    "r-1",
                    "x-forwarded-for",
                    "203.0.113.9");
            List<String> expected = List.of(
                    "v-1: <203.0.113.9>",
                    "v-2: <>",
                    "v-3: <shop.example.com>",
                    "v-4: <PUT>",
                    "v-5: </a%20b>",
                    "v-6: <c=d&e>",
                    "v-7: <r-1>",
                    "v-8: <Ingress/test/web#spec.rules[0].http.paths[0]>",
                    "v-9: <http>",
                    "v-10: <>");
            assertThat(backend.requests().getLast()).contains(expected);
            assertThat(expected).allSatisfy(line -> {
                String[] field = line.split(": ");
                assertThat(answer.header(field[0])).isEqualTo(field[1]);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void theClientIsWhoOpenedTheConnectionAndTheIdIsOne(HttpVersion version) {
        try (EitherClient client = new EitherClient(proxy, version)) {
            EitherClient.Answer answer = client.get("a", "/", "x-forwarded-proto", "https");
            assertThat(answer.header("v-1")).isEqualTo("<127.0.0.1>");
            assertThat(answer.header("v-2")).matches("<[0-9]{4,5}>");
            assertThat(answer.header("v-9")).isEqualTo("<https>");
            String id = answer.header("v-7").substring(1, 33);
            assertThat(backend.requests().getLast())
                    .contains("\r\nX-Request-Id: " + id + "\r\n", "\r\nv-7: <" + id + ">\r\n");
        }
    }

    @Test
    void noVariableCanEndALine() {
        proxy.route(
                rule -> rule.setId("Ingress/a/b#x\r\nx-evil: 1 \u00e4")
                        .addFilters(Filter.newBuilder()
                                .setRequestHeaders(HeaderEdit.newBuilder().addSet(value("v", Variable.ROUTE)))),
                backend.address());
        try (EitherClient client = new EitherClient(proxy, HttpVersion.HTTP_1_1)) {
            client.get("a", "/");
            assertThat(backend.requests().getLast()).contains("\r\nv: <Ingress/a/b#x??x-evil:?1??>\r\n");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
    void aVariableThatThisNodeDoesNotKnowClosesTheRule(HttpVersion version) {
        HeaderValue later = HeaderValue.newBuilder()
                .setName("v")
                .addParts(ValuePart.newBuilder().setVariableValue(999))
                .build();
        proxy.route(
                rule -> rule.addFilters(Filter.newBuilder()
                        .setRequestHeaders(HeaderEdit.newBuilder().addSet(later))),
                backend.address());
        try (EitherClient client = new EitherClient(proxy, version)) {
            assertThat(client.get("a", "/").reason()).isEqualTo("feature-unsupported");
        }
    }
}
