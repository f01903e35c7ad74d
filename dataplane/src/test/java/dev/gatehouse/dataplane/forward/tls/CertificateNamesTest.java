package dev.gatehouse.dataplane.forward.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.TestCertificate;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9525, 6. */
class CertificateNamesTest {

    @ParameterizedTest
    @CsvSource({
        "api.shop.svc, api.shop.svc, true",
        "API.shop.svc, api.Shop.svc, true",
        "api.shop.svc, api.shop, false",
        "api.shop.svc, other.shop.svc, false",
        // A wildcard is one label, the first, and whole.
        "*.shop.svc, api.shop.svc, true",
        "*.shop.svc, v1.api.shop.svc, false",
        "*.shop.svc, shop.svc, false",
        "a*.shop.svc, api.shop.svc, false",
        "api.*.svc, api.shop.svc, false",
        "*, localhost, false",
        // What is expected is never a pattern.
        "api.shop.svc, *.shop.svc, false",
        // Names of one kind are not names of another.
        "10.0.0.1, 10.0.0.1, true",
        "10.0.0.1, 10.0.0.2, false",
        "2001:db8::1, 2001:db8:0:0:0:0:0:1, true",
        "spiffe://shop/api, spiffe://shop/api, true",
        "spiffe://shop/api, spiffe://shop/api2, false",
        "spiffe://shop/api, shop, false",
        "shop, spiffe://shop, false",
    })
    void aCertificateIsForWhatItsAlternativeNamesSay(String presented, String expected, boolean matches) {
        // The common name is always the first name: it must not count.
        var certificate = TestCertificate.of(presented).certificate();
        assertThat(CertificateNames.anyOf(Set.of(expected), certificate)).isEqualTo(matches);
        assertThat(CertificateNames.anyOf(Set.of(expected, "another.example.com"), certificate))
                .isEqualTo(matches);
    }
}
