package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Mozilla's recommendations (Server Side TLS 5.7). */
public enum TlsProfile {
    @JsonProperty("modern")
    MODERN,
    @JsonProperty("intermediate")
    INTERMEDIATE
}
