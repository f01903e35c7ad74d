package dev.gatehouse.dataplane.admin;

import dev.gatehouse.dataplane.table.CertificateRecord;
import dev.gatehouse.dataplane.table.CertificateTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The certificates of a data plane as JSON: everything that is public, and nothing of their keys. */
final class CertificateList {

    private CertificateList() {}

    static JsonArray of(CertificateTable table) {
        JsonArray all = new JsonArray();
        for (ServerCertificate certificate : table.all()) {
            all.add(json(certificate.describe()));
        }
        return all;
    }

    private static JsonObject json(CertificateRecord one) {
        JsonObject json = new JsonObject()
                .put("secret", one.id().name())
                .put("names", new JsonArray(one.names()))
                .put("keyType", one.keyType())
                .put("fingerprint", one.fingerprint())
                .put("notBefore", one.notBefore().toString())
                .put("notAfter", one.notAfter().toString())
                .put("loadedSince", one.loaded().toString());
        one.firstUsed().ifPresent(instant -> json.put("firstUsed", instant.toString()));
        return json;
    }
}
