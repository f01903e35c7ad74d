package dev.gatehouse.dataplane.admin;

import dev.gatehouse.dataplane.listen.tls.TlsContexts;
import dev.gatehouse.dataplane.table.CertificateRecord;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/** The certificates of a data plane as JSON: everything that is public, and nothing of their keys. */
final class CertificateList {

    private CertificateList() {}

    static JsonArray of(RoutingTable table, Instant now) {
        JsonArray all = new JsonArray();
        for (ServerCertificate certificate : table.certificates().all()) {
            JsonObject one = json(certificate.describe());
            table.staple(table.listener("https"), certificate)
                    .filter(staple -> staple.at(now).isPresent() && TlsContexts.staples(certificate))
                    .ifPresent(staple ->
                            one.put("stapledUntil", staple.nextUpdate().toString()));
            all.add(one);
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
