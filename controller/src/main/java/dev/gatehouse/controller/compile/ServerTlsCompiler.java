package dev.gatehouse.controller.compile;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.Authorities;
import dev.gatehouse.controller.model.Finding;
import dev.gatehouse.controller.model.Reasons;
import dev.gatehouse.snapshot.proto.ClientCertificate;
import dev.gatehouse.snapshot.proto.ServerTls;
import java.util.TreeSet;

/**
 * Makes the wire form of TLS with clients. Fails closed: where anything that is asked of clients is missing or cannot be
 * understood, there is no handshake.
 */
final class ServerTlsCompiler {

    static final String OPTIONS_INVALID = "tls-options-invalid";
    static final String AUTHORITY_UNUSABLE = "client-ca-unusable";

    private static final String UNTIL_THEN = " Until then no connection to the host is let in";

    private final Objects objects;

    ServerTlsCompiler(Objects objects) {
        this.objects = objects;
    }

    /** The form for a host, as one object asks for it; what is wrong is told to that object. */
    ServerTls compile(dev.gatehouse.controller.model.ServerTls asked, Part part) {
        ServerTls.Builder wire = plain(asked);
        if (asked.problem().isPresent()) {
            Finding problem = asked.problem().get();
            part.find(Finding.error(problem.reason(), problem.field(), problem.message() + "." + UNTIL_THEN));
            return wire.setUnavailable(OPTIONS_INVALID).build();
        }
        asked.clientCertificate().ifPresent(client -> client(client, part, wire));
        return wire.build();
    }

    /** The form without clients. */
    static ServerTls.Builder plain(dev.gatehouse.controller.model.ServerTls asked) {
        ServerTls.Builder wire =
                ServerTls.newBuilder().addAllCipherSuites(asked.cipherSuites()).addAllAlpn(asked.alpn());
        asked.tls13Only()
                .ifPresent(
                        only -> wire.setMinVersion(only ? ServerTls.MinVersion.TLS_1_3 : ServerTls.MinVersion.TLS_1_2));
        return wire;
    }

    private void client(
            dev.gatehouse.controller.model.ServerTls.ClientCertificate asked, Part part, ServerTls.Builder wire) {
        TreeSet<ByteString> authorities = new TreeSet<>(ByteString.unsignedLexicographicalComparator());
        TreeSet<ByteString> revocations = new TreeSet<>(ByteString.unsignedLexicographicalComparator());
        boolean complete = true;
        for (var reference : asked.authorities()) {
            part.look(reference.object());
            switch (objects.authorities(reference.object())) {
                case Authorities.Usable usable -> {
                    authorities.addAll(usable.certificates());
                    revocations.addAll(usable.revocationLists());
                }
                case Authorities.Unusable(String message) -> {
                    complete = false;
                    String reason = objects.get(reference.object()).isPresent()
                            ? Reasons.CLIENT_CA_UNUSABLE
                            : Reasons.CLIENT_CA_NOT_FOUND;
                    part.find(Finding.error(
                            reason,
                            reference.field(),
                            "names the " + reference.object() + ", which " + message + "." + UNTIL_THEN));
                }
            }
        }
        if (!complete) {
            wire.setUnavailable(AUTHORITY_UNUSABLE);
            return;
        }
        wire.setClientCertificate(ClientCertificate.newBuilder()
                .setMode(
                        switch (asked.mode()) {
                            case REQUIRE -> ClientCertificate.Mode.REQUIRE;
                            case OPTIONAL -> ClientCertificate.Mode.OPTIONAL;
                            case REQUEST -> ClientCertificate.Mode.REQUEST;
                        })
                .addAllAuthorities(authorities)
                .addAllRevocationLists(revocations)
                .setForward(
                        switch (asked.forward()) {
                            case SUMMARY -> ClientCertificate.Forward.SUMMARY;
                            case CERTIFICATE -> ClientCertificate.Forward.CERTIFICATE;
                            case NOTHING -> ClientCertificate.Forward.NOTHING;
                        }));
    }
}
