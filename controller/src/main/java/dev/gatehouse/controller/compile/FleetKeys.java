package dev.gatehouse.controller.compile;

import com.google.protobuf.ByteString;
import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.model.SharedKeys;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** A fleet's own keys, derived from those that all controllers share: no fleet can read or make what is another's. */
final class FleetKeys {

    private FleetKeys() {}

    /** In the order of {@link SharedKeys#all}. */
    static List<ByteString> derive(SharedKeys keys, FleetKey fleet) {
        List<ByteString> derived = new ArrayList<>();
        for (ByteString key : keys.all()) {
            derived.add(derive(key, "gatehouse " + keys.purpose().code().replace('-', ' ') + " of fleet " + fleet));
        }
        return List.copyOf(derived);
    }

    private static ByteString derive(ByteString key, String info) {
        try {
            return ByteString.copyFrom(KDF.getInstance("HKDF-SHA256")
                    .deriveData(HKDFParameterSpec.ofExtract()
                            .addIKM(key.toByteArray())
                            .thenExpand(info.getBytes(StandardCharsets.UTF_8), SharedKeys.LENGTH)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HKDF with SHA-256 (JEP 510)", e);
        }
    }
}
