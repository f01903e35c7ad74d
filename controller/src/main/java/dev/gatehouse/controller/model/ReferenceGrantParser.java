package dev.gatehouse.controller.model;

import dev.gatehouse.controller.model.ReferenceGrantModel.From;
import dev.gatehouse.controller.model.ReferenceGrantModel.To;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Reads a ReferenceGrant. What it leaves out permits nothing. */
final class ReferenceGrantParser {

    private ReferenceGrantParser() {}

    static ReferenceGrantModel parse(Meta meta, ReferenceGrant object) {
        if (object.getSpec() == null) {
            return new ReferenceGrantModel(meta, List.of(), List.of());
        }
        return new ReferenceGrantModel(
                meta,
                object.getSpec().getFrom().stream()
                        .map(from -> new From(
                                Objects.requireNonNullElse(from.getGroup(), ""), from.getKind(), from.getNamespace()))
                        .toList(),
                object.getSpec().getTo().stream()
                        .map(to -> new To(
                                Objects.requireNonNullElse(to.getGroup(), ""),
                                to.getKind(),
                                Optional.ofNullable(to.getName()).filter(name -> !name.isEmpty())))
                        .toList());
    }
}
