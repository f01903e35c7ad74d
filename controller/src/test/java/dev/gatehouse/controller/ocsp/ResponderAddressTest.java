package dev.gatehouse.controller.ocsp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who writes a Secret chooses whom the controller asks, and must not reach what only the controller can. */
class ResponderAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "0.0.0.0",
                "0.1.2.3",
                "10.96.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "100.64.0.1",
                "100.127.255.255",
                "169.254.169.254",
                "192.0.0.192",
                "198.18.0.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd00:ec2::254",
                "ff02::1",
                "64:ff9b::a00:1",
                "2002:7f00:1::",
                "2001::1"
            })
    void addressesOfMachineLinkSiteAndProviderAreNotPublic(String address) throws Exception {
        assertThat(ResponderAddress.isPublic(InetAddress.ofLiteral(address))).isFalse();
        String host = address.contains(":") ? "[" + address + "]" : address;
        assertThatThrownBy(() -> new ResponderAddress(false).of(URI.create("http://" + host + "/ocsp")))
                .isInstanceOf(OcspException.class)
                .hasMessageContaining("not public")
                .hasMessageContaining("--ocsp-internal-responders");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "100.63.0.1", "172.32.0.1", "93.184.215.14", "2606:4700::1", "2a00:1450::1"})
    void othersArePublic(String address) {
        assertThat(ResponderAddress.isPublic(InetAddress.ofLiteral(address))).isTrue();
    }

    @Test
    void thePortIsTheUrlsOwn() throws Exception {
        ResponderAddress rule = new ResponderAddress(false);
        assertThat(rule.of(URI.create("http://8.8.8.8")))
                .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("8.8.8.8"), 80));
        assertThat(rule.of(URI.create("http://8.8.8.8:8080/x")).getPort()).isEqualTo(8080);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "http:///x", "ldap://8.8.8.8", "x"})
    void anythingButHttpIsRefused(String url) {
        assertThatThrownBy(() -> new ResponderAddress(true).of(URI.create(url)))
                .isInstanceOf(OcspException.class)
                .hasMessageContaining("http://");
    }

    @Test
    void aNameThatLeadsInsideIsRefusedAsWell() {
        assertThatThrownBy(() -> new ResponderAddress(false).of(URI.create("http://localhost/")))
                .hasMessageContaining("not public");
    }

    @Test
    void theOptionAllowsThem() throws Exception {
        assertThat(new ResponderAddress(true)
                        .of(URI.create("http://127.0.0.1:81"))
                        .getPort())
                .isEqualTo(81);
    }
}
