package dev.gatehouse.dataplane.explain;

import dev.gatehouse.dataplane.policy.ClientCertificates;
import dev.gatehouse.dataplane.policy.TlsPolicy;
import dev.gatehouse.dataplane.table.CertificateRecord;
import dev.gatehouse.dataplane.table.ListenerSettings;
import dev.gatehouse.dataplane.table.RoutingTable;
import dev.gatehouse.dataplane.table.ServerCertificate;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How TLS with a client that names a host is done, and which certificates it may be shown; nothing of their keys. */
final class TlsPart {

    private final RoutingTable table;
    private final ListenerSettings listener;
    private final String serverName;

    /** @param serverName as in SNI; empty: the client names none */
    TlsPart(RoutingTable table, ListenerSettings listener, String serverName) {
        this.table = table;
        this.listener = listener;
        this.serverName = serverName;
    }

    JsonObject json() {
        byte[] name = serverName.getBytes(StandardCharsets.UTF_8);
        if (table.passthrough(name, 0, name.length) != null) {
            return new JsonObject().put("serverName", serverName).put("passedThrough", true);
        }
        TlsPolicy policy = table.tlsPolicy(listener, name, 0, name.length);
        JsonObject json = new JsonObject().put("serverName", serverName);
        if (listener.refuseUnknownNames() && !table.knows(serverName)) {
            json.put("refused", "tls-unknown-name");
        } else if (!policy.unavailable().isEmpty()) {
            json.put("refused", policy.unavailable());
        }
        JsonArray certificates = new JsonArray();
        for (ServerCertificate certificate : table.certificates().choose(serverName)) {
            certificates.add(certificate(certificate.describe()));
        }
        json.put("certificates", certificates)
                .put("minVersion", policy.tls12() ? "TLSv1.2" : "TLSv1.3")
                .put("cipherSuites", new JsonArray(policy.cipherSuites()))
                .put("alpn", new JsonArray(policy.alpn()));
        policy.clients().ifPresent(clients -> json.put("clientCertificates", clients(clients)));
        return json;
    }

    private static JsonObject certificate(CertificateRecord one) {
        return new JsonObject()
                .put("secret", one.id().name())
                .put("keyType", one.keyType())
                .put("names", new JsonArray(one.names()))
                .put("notAfter", one.notAfter().toString())
                .put("fingerprint", one.fingerprint());
    }

    private static JsonObject clients(ClientCertificates clients) {
        return new JsonObject()
                .put("mode", clients.mode().name().toLowerCase(Locale.ROOT))
                .put("authorities", clients.authorities().size());
    }
}
