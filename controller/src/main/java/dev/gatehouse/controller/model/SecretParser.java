package dev.gatehouse.controller.model;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.SecretModel.Unusable;
import dev.gatehouse.controller.model.SecretModel.Usable;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Reads a Secret of type {@code kubernetes.io/tls}. */
final class SecretParser {

    private static final String TLS_TYPE = "kubernetes.io/tls";
    private static final int SAN_DNS = 2;

    private SecretParser() {}

    static SecretModel parse(Meta meta, Secret secret) {
        boolean isTls = TLS_TYPE.equals(secret.getType());
        Authorities authorities = authorities(secret);
        return new SecretModel(meta, isTls, material(secret, authorities), authorities);
    }

    private static SecretModel.Material material(Secret secret, Authorities authorities) {
        if (!TLS_TYPE.equals(secret.getType())) {
            return new Unusable("is of type '" + (secret.getType() == null ? "Opaque" : secret.getType()) + "', not "
                    + TLS_TYPE + "; create it with kubectl create secret tls");
        }
        try {
            String certificates = value(secret, "tls.crt");
            PrivateKeys key = PrivateKeys.read(value(secret, "tls.key"));
            CertificateChain chain = CertificateChain.read(certificates, key, authorities);
            List<ByteString> der = new ArrayList<>();
            for (X509Certificate certificate : chain.certificates()) {
                der.add(ByteString.copyFrom(certificate.getEncoded()));
            }
            X509Certificate leaf = chain.leaf();
            return new Usable(
                    List.copyOf(der),
                    key.pkcs8(),
                    names(leaf),
                    leaf.getNotBefore().toInstant(),
                    leaf.getNotAfter().toInstant(),
                    chain.hasResponder(),
                    chain.remarks());
        } catch (UnusableException e) {
            return new Unusable(e.reason);
        } catch (CertificateException e) {
            return new Unusable("has a tls.crt whose names cannot be read; have the certificate issued anew");
        }
    }

    private static Authorities authorities(Secret secret) {
        try {
            return Authorities.read(text(secret, Authorities.KEY), text(secret, Authorities.REVOCATIONS));
        } catch (UnusableException e) {
            return new Authorities.Unusable(e.reason);
        }
    }

    private static String value(Secret secret, String key) throws UnusableException {
        String text = text(secret, key);
        if (text.isEmpty()) {
            throw new UnusableException(
                    "has no " + key + "; it needs tls.crt (chain, leaf first) and tls.key, both PEM");
        }
        return text;
    }

    /** Empty if the key is not there. */
    private static String text(Secret secret, String key) throws UnusableException {
        Map<String, String> plain = secret.getStringData();
        if (plain != null && plain.get(key) != null && !plain.get(key).isEmpty()) {
            return plain.get(key); // As the API server merges it: stringData goes before data.
        }
        Map<String, String> data = secret.getData();
        String encoded = data == null || data.get(key) == null ? "" : data.get(key);
        try {
            byte[] decoded = Base64.getMimeDecoder().decode(encoded);
            String text = new String(decoded, StandardCharsets.ISO_8859_1);
            Arrays.fill(decoded, (byte) 0);
            return text;
        } catch (IllegalArgumentException e) {
            throw new UnusableException("has a " + key + " that is not base64; use stringData for plain PEM");
        }
    }

    private static List<String> names(X509Certificate leaf) throws CertificateException {
        TreeSet<String> names = new TreeSet<>();
        Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
        if (alternatives != null) {
            for (List<?> alternative : alternatives) {
                if (alternative.get(0) instanceof Integer type
                        && type == SAN_DNS
                        && alternative.get(1) instanceof String name) {
                    names.add(name.toLowerCase(Locale.ROOT));
                }
            }
        }
        return List.copyOf(names);
    }

    /** Carries why a Secret cannot be served out of the reading of its parts. */
    static final class UnusableException extends Exception {

        private static final long serialVersionUID = 1L;

        private final String reason;

        UnusableException(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }
}
