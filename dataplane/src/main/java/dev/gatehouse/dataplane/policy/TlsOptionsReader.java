package dev.gatehouse.dataplane.policy;

import com.google.protobuf.ByteString;
import dev.gatehouse.snapshot.CorruptShardException;
import dev.gatehouse.snapshot.Digest;
import dev.gatehouse.snapshot.proto.ClientCertificate;
import dev.gatehouse.snapshot.proto.ServerTls;
import java.io.ByteArrayInputStream;
import java.lang.ref.WeakReference;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the wire form. Hosts that ask for the same clients share one object, for bundles of authorities may be large. Used by
 * the thread that builds tables.
 */
public final class TlsOptionsReader {

    private final Map<Digest, WeakReference<ClientCertificates>> known = new HashMap<>();

    /**
     * Reads options.
     *
     * @throws CorruptShardException if a value is none that this version knows: what it asks for must not be passed over
     * @throws GeneralSecurityException if an authority or a revocation list cannot be read
     */
    public TlsOptions read(ServerTls wire) throws CorruptShardException, GeneralSecurityException {
        if (wire.equals(ServerTls.getDefaultInstance())) {
            return TlsOptions.NONE;
        }
        if (wire.getMinVersion() == ServerTls.MinVersion.UNRECOGNIZED) {
            throw new CorruptShardException("asks for a version of TLS that this node does not know");
        }
        for (String protocol : wire.getAlpnList()) {
            if (!protocol.equals("h2") && !protocol.equals("http/1.1")) {
                throw new CorruptShardException("offers the protocol '" + protocol + "', which is not spoken here");
            }
        }
        return new TlsOptions(
                wire,
                wire.hasClientCertificate() ? Optional.of(clients(wire.getClientCertificate())) : Optional.empty());
    }

    private ClientCertificates clients(ClientCertificate wire) throws CorruptShardException, GeneralSecurityException {
        known.values().removeIf(reference -> reference.refersTo(null));
        Digest digest = Digest.of(wire.toByteArray());
        WeakReference<ClientCertificates> reference = known.get(digest);
        ClientCertificates shared = reference == null ? null : reference.get();
        if (shared != null) {
            return shared;
        }
        ClientCertificates read = new ClientCertificates(
                switch (wire.getMode()) {
                    case REQUIRE -> ClientCertificates.Mode.REQUIRE;
                    case OPTIONAL -> ClientCertificates.Mode.OPTIONAL;
                    case REQUEST -> ClientCertificates.Mode.REQUEST;
                    case UNRECOGNIZED ->
                        throw new CorruptShardException(
                                "asks clients for certificates in a way this node does not know");
                },
                authorities(wire.getAuthoritiesList()),
                revocations(wire.getRevocationListsList()),
                switch (wire.getForward()) {
                    case SUMMARY -> ClientCertificates.Forward.SUMMARY;
                    case CERTIFICATE -> ClientCertificates.Forward.CERTIFICATE;
                    case NOTHING -> ClientCertificates.Forward.NOTHING;
                    case UNRECOGNIZED ->
                        throw new CorruptShardException("tells backends of clients in a way this node does not know");
                });
        known.put(digest, new WeakReference<>(read));
        return read;
    }

    private static Set<X509Certificate> authorities(List<ByteString> all)
            throws CorruptShardException, GeneralSecurityException {
        if (all.isEmpty()) {
            throw new CorruptShardException("asks clients for certificates and names no authority");
        }
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        Set<X509Certificate> authorities = new HashSet<>();
        for (ByteString der : all) {
            try {
                authorities.add((X509Certificate) factory.generateCertificate(der.newInput()));
            } catch (CertificateException e) {
                throw new GeneralSecurityException("an authority of client certificates cannot be read", e);
            }
        }
        return Set.copyOf(authorities);
    }

    private static List<X509CRL> revocations(List<ByteString> all) throws GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<X509CRL> lists = new ArrayList<>();
        for (ByteString der : all) {
            try {
                lists.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(der.toByteArray())));
            } catch (CRLException e) {
                throw new GeneralSecurityException("a revocation list cannot be read", e);
            }
        }
        return List.copyOf(lists);
    }
}
