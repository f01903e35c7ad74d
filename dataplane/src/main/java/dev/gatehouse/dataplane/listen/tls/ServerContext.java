package dev.gatehouse.dataplane.listen.tls;

import dev.gatehouse.dataplane.policy.TlsPolicy;
import dev.gatehouse.dataplane.table.Staple;
import dev.gatehouse.dataplane.table.TicketKeys;
import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * The TLS context of one certificate and policy, which is given the keys of session tickets as they change. Its own keys are
 * derived from those for the policy and the names of the certificate: a ticket is of use under the same policy, for a certificate
 * with the same names, on whichever data plane; a renewed certificate leaves it good.
 *
 * <p>Of the JDK's TLS each context resumes its own sessions, always: it takes no keys from outside, and its one switch is for a
 * whole process. Thread-safe.
 */
final class ServerContext extends DelegatingSslContext {

    /** Of a session of TLS 1.2; one of TLS 1.3 has ended for good when its key is no longer taken. */
    static final Duration SESSION = Duration.ofHours(12);

    private static final int NAME_END = OpenSslSessionTicketKey.NAME_SIZE;
    private static final int HMAC_END = NAME_END + OpenSslSessionTicketKey.HMAC_KEY_SIZE;
    private static final int AES_END = HMAC_END + OpenSslSessionTicketKey.AES_KEY_SIZE;

    private final boolean resumes;
    private final byte[] purpose;
    private final InstantSource clock;
    private volatile @Nullable TicketKeys inForce;
    private volatile Optional<Staple> staple = Optional.empty();

    /**
     * Takes over a context that nobody has used yet.
     *
     * @param resumes whether there are ever to be tickets
     * @param leaf the certificate that is shown
     * @param clock tells when a staple ends
     */
    ServerContext(SslContext context, boolean resumes, TlsPolicy policy, X509Certificate leaf, InstantSource clock) {
        super(context);
        this.clock = clock;
        this.resumes = resumes;
        this.purpose = ("gatehouse session tickets\n" + policy.digest().hex() + "\n" + names(leaf))
                .getBytes(StandardCharsets.UTF_8);
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            // Sessions kept on the server: memory for each client, of use on this data plane alone.
            sessions.setSessionCacheEnabled(false);
        }
    }

    private static String names(X509Certificate leaf) {
        try {
            Collection<List<?>> all = Objects.requireNonNullElse(leaf.getSubjectAlternativeNames(), List.of());
            return all.isEmpty()
                    ? leaf.getSubjectX500Principal().getName()
                    : all.stream()
                            .filter(one -> one.get(1) instanceof String)
                            .map(one -> one.get(0) + ":" + one.get(1))
                            .sorted()
                            .collect(Collectors.joining("\n"));
        } catch (CertificateParsingException e) {
            throw new IllegalStateException("a certificate that was read before cannot be read", e);
        }
    }

    /** This context with these keys and this staple in force. Next to free while they are the same; touches no connection. */
    @SuppressWarnings("ReferenceEquality") // Another object is another version.
    ServerContext under(Optional<TicketKeys> keys, Optional<Staple> shown) {
        if (staple.isPresent() || shown.isPresent()) {
            staple = shown;
        }
        if (resumes && keys.isPresent() && keys.get() != inForce) {
            renew(keys.get());
        }
        return this;
    }

    @SuppressWarnings("ReferenceEquality") // Another object is another version.
    private synchronized void renew(TicketKeys keys) {
        if (keys == inForce) {
            return;
        }
        if (sessionContext() instanceof OpenSslSessionContext openSsl) {
            List<byte[]> derived = keys.derive(purpose, AES_END);
            openSsl.setTicketKeys(derived.stream()
                    .map(key -> new OpenSslSessionTicketKey(
                            Arrays.copyOfRange(key, 0, NAME_END),
                            Arrays.copyOfRange(key, NAME_END, HMAC_END),
                            Arrays.copyOfRange(key, HMAC_END, AES_END)))
                    .toArray(OpenSslSessionTicketKey[]::new));
            derived.forEach(key -> Arrays.fill(key, (byte) 0));
        }
        inForce = keys;
    }

    @Override
    protected void initEngine(SSLEngine engine) {
        if (!(engine instanceof ReferenceCountedOpenSslEngine openSsl)) {
            return;
        }
        if (!resumes) {
            // For TLS 1.3 Netty has every engine make tickets, with a key that BoringSSL thinks up for the context.
            SSL.setOptions(openSsl.sslPointer(), SSL.SSL_OP_NO_TICKET);
        }
        staple.flatMap(one -> one.at(clock.instant())).ifPresent(openSsl::setOcspResponse);
    }
}
