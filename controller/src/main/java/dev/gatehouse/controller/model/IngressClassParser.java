package dev.gatehouse.controller.model;

import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClassParametersReference;
import java.util.Map;
import java.util.Optional;

/** Reads an IngressClass. */
final class IngressClassParser {

    private static final String DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class";

    private IngressClassParser() {}

    static ResourceModel parse(Meta meta, IngressClass ingressClass) {
        if (ingressClass.getSpec() == null || ingressClass.getSpec().getController() == null) {
            return ModelParser.unreadable(
                    meta,
                    "spec.controller",
                    "is missing; write the controller that serves the class: gatehouse.dev/controller");
        }
        Map<String, String> annotations = ingressClass.getMetadata().getAnnotations();
        boolean isDefault = annotations != null && "true".equals(annotations.get(DEFAULT_CLASS));
        Optional<IngressClassModel.Parameters> parameters =
                Optional.ofNullable(ingressClass.getSpec().getParameters()).map(IngressClassParser::parameters);
        return new IngressClassModel(meta, ingressClass.getSpec().getController(), isDefault, parameters);
    }

    private static IngressClassModel.Parameters parameters(IngressClassParametersReference reference) {
        return new IngressClassModel.Parameters(
                orEmpty(reference.getApiGroup()),
                orEmpty(reference.getKind()),
                reference.getScope() == null ? "Cluster" : reference.getScope(),
                orEmpty(reference.getNamespace()),
                orEmpty(reference.getName()));
    }

    private static String orEmpty(String value) {
        return value == null ? "" : value;
    }
}
