package dev.gatehouse.controller.watch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.HttpURLConnection;
import java.util.Locale;

/** Says what to do about it when the API server does not let a kind be listed or watched. */
final class Refusals {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SHOWN = 200;

    private Refusals() {}

    /** @param body what came with the status: a {@code Status} object if the API server itself has answered */
    static String explain(Source<?> source, int status, String body) {
        String kind = source.type().getSimpleName();
        return switch (status) {
            case HttpURLConnection.HTTP_NOT_FOUND ->
                "the API server knows no " + kind + ": install the CRDs of charts/gatehouse/crds";
            case HttpURLConnection.HTTP_FORBIDDEN ->
                "the controller's ServiceAccount may not list and watch " + kind.toLowerCase(Locale.ROOT) + " objects"
                        + (source.namespace().isEmpty() ? "" : " in namespace " + source.namespace())
                        + ": see the roles of the Helm chart, and its value watchNamespaces" + consequence(source);
            default -> "the API server answers " + status + ": " + message(body);
        };
    }

    /** Says what to do about it when one Secret cannot be read. */
    static String ofReading(int status, String body) {
        return status == HttpURLConnection.HTTP_FORBIDDEN
                ? "the controller's ServiceAccount may not get Secrets here; see the roles of the Helm chart"
                : "the API server answers " + status + ": " + message(body);
    }

    private static String consequence(Source<?> source) {
        return source.type() == Pod.class ? "; certificates of removed data planes are believed until they expire" : "";
    }

    private static String message(String body) {
        String message;
        try {
            message = MAPPER.readTree(body).path("message").asText(body);
        } catch (JsonProcessingException e) {
            message = body;
        }
        return message.length() > SHOWN ? message.substring(0, SHOWN) + "..." : message;
    }
}
