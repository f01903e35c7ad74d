package dev.gatehouse.controller.ocsp;

import dev.gatehouse.controller.model.CertificateStatus;
import java.util.Map;

/** Where answers are kept. Calls may block, and throw what a client of the API server throws. */
public interface StatusStore {

    /** All that are kept, by name. */
    Map<String, CertificateStatus> load();

    /** Keeps one in the place of the one before. */
    void put(String name, CertificateStatus status);

    /** Forgets one: nobody serves the certificate any more. */
    void remove(String name);
}
