package dev.gatehouse.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Versions of TLS. */
public enum TlsVersion {
    @JsonProperty("1.2")
    TLS_1_2,
    @JsonProperty("1.3")
    TLS_1_3
}
