package dev.gatehouse.dataplane.policy;

import dev.gatehouse.snapshot.proto.ServerTls;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What one host, or one listener, says about TLS with its clients. Immutable but for a memory of the last answer. */
public final class TlsOptions {

    /** Says nothing. */
    public static final TlsOptions NONE = new TlsOptions(ServerTls.getDefaultInstance(), Optional.empty());

    private final ServerTls wire;
    private final Optional<ClientCertificates> clients;
    private volatile @Nullable Resolved last;

    private record Resolved(TlsOptions base, TlsPolicy policy) {}

    TlsOptions(ServerTls wire, Optional<ClientCertificates> clients) {
        this.wire = wire;
        this.clients = clients;
    }

    /**
     * The policy of these options where {@code base} says what they leave open. The same object each time while the base is the
     * same.
     */
    @SuppressWarnings("ReferenceEquality") // A new object is a new version.
    public TlsPolicy over(TlsOptions base) {
        Resolved known = last;
        if (known == null || known.base != base) {
            known = new Resolved(base, resolve(base));
            last = known;
        }
        return known.policy;
    }

    private TlsPolicy resolve(TlsOptions base) {
        ServerTls.Builder merged = wire.toBuilder();
        if (wire.getMinVersion() == ServerTls.MinVersion.MIN_VERSION_UNSET) {
            merged.setMinVersion(base.wire.getMinVersion());
        }
        if (wire.getCipherSuitesCount() == 0) {
            merged.addAllCipherSuites(base.wire.getCipherSuitesList());
        }
        if (wire.getAlpnCount() == 0) {
            merged.addAllAlpn(base.wire.getAlpnList());
        }
        boolean inherits = !wire.hasClientCertificate() && wire.getUnavailable().isEmpty();
        if (inherits && base.wire.hasClientCertificate()) {
            merged.setClientCertificate(base.wire.getClientCertificate());
        }
        if (inherits) {
            merged.setUnavailable(base.wire.getUnavailable());
        }
        return new TlsPolicy(merged.build(), inherits ? base.clients : clients);
    }
}
