package dev.gatehouse.controller.compile;

import dev.gatehouse.controller.model.ObjectKey;

/** What a host needs beside its own shard; shared by all hosts and fleets that need the same. */
sealed interface Use {

    /** The object that the shards are made of, with what it refers to. */
    ObjectKey source();

    /** How to reach a Service port: an upstream shard, and an endpoints shard unless the Service is an ExternalName. */
    record OfUpstream(ObjectKey source, int port) implements Use {}

    /** The certificate of a Secret. */
    record OfCertificate(ObjectKey source) implements Use {}
}
