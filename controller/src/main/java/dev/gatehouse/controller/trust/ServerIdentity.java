package dev.gatehouse.controller.trust;

import java.time.Instant;

/**
 * What the snapshot port shows to data planes. Never printed.
 *
 * @param certificatePem the certificate, followed by what leads to an authority that was trusted before the current one
 * @param keyPem its PKCS#8 key
 * @param notAfter end of its validity
 */
public record ServerIdentity(String certificatePem, String keyPem, Instant notAfter) {

    @Override
    public String toString() {
        return "server certificate until " + notAfter;
    }
}
