package dev.gatehouse.dataplane.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MetricsTest {

    @Test
    void refusedConnectionsAreCountedByListenerAndReason() {
        Metrics metrics = new Metrics();
        metrics.connectionRefused("http", "proxy-protocol-missing");
        metrics.connectionRefused("http", "proxy-protocol-missing");
        metrics.connectionRefused("https", "proxy-protocol-timeout");
        assertThat(metrics.scrape())
                .contains(
                        "gatehouse_connections_refused_total{listener=\"http\",reason=\"proxy-protocol-missing\"} 2.0")
                .contains(
                        "gatehouse_connections_refused_total{listener=\"https\",reason=\"proxy-protocol-timeout\"} 1.0");
    }

    @Test
    void handshakesAreCountedByListenerAndByWhetherTheyResumed() {
        Metrics metrics = new Metrics();
        metrics.handshakeDone("https", true);
        metrics.handshakeDone("https", true);
        metrics.handshakeDone("https", false);
        assertThat(metrics.scrape())
                .contains("gatehouse_tls_handshakes_total{listener=\"https\",resumed=\"true\"} 2.0")
                .contains("gatehouse_tls_handshakes_total{listener=\"https\",resumed=\"false\"} 1.0");
    }

    @Test
    void requestsOfAnExperimentAreCountedByVariantAndStatus() {
        Metrics metrics = new Metrics();
        metrics.assigned("ProxyRoute/shop/web#rules[0]", "button", "blue", 200);
        metrics.assigned("ProxyRoute/shop/web#rules[0]", "button", "blue", 204);
        metrics.assigned("ProxyRoute/shop/web#rules[0]", "button", "green", 503);
        String route = "gatehouse_split_requests_total{route=\"ProxyRoute/shop/web#rules[0]\",split=\"button\",status=";
        assertThat(metrics.scrape())
                .contains(route + "\"2xx\",variant=\"blue\"} 2.0")
                .contains(route + "\"5xx\",variant=\"green\"} 1.0")
                .contains(route + "\"5xx\",variant=\"blue\"} 0.0");
    }
}
