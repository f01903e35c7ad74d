package dev.gatehouse.crds;

import java.util.List;

/** Names that TLS settings may have, and how the schema checks them. */
public final class TlsNames {

    /** Cipher suites of TLS 1.2 that a data plane knows, whatever does its TLS. All have forward secrecy. */
    public static final List<String> SUITES = List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");

    /** What is spoken inside of TLS. */
    public static final List<String> ALPN = List.of("h2", "http/1.1");

    static final String SUITES_CEL =
            "self.all(s, s.matches('^TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_128_GCM_SHA256|AES_256_GCM_SHA384"
                    + "|CHACHA20_POLY1305_SHA256|AES_128_CBC_SHA|AES_256_CBC_SHA)$'))";
    static final String SUITES_MESSAGE =
            "cipher suites have IANA names of TLS 1.2 with forward secrecy: write for example"
                    + " TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; those of TLS 1.3 are always on";
    static final String ALPN_CEL = "self.all(p, p in ['h2', 'http/1.1']) && self.all(p, self.exists_one(o, o == p))";
    static final String ALPN_MESSAGE =
            "inside of TLS h2 and http/1.1 are spoken: write alpn: [h2, http/1.1], or one of them";

    private TlsNames() {}
}
