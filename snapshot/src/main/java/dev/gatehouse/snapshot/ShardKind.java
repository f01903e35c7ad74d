package dev.gatehouse.snapshot;

import dev.gatehouse.snapshot.proto.ShardBody;

/** The kinds of shard; the constant's prefix stands before the first slash of a {@link ShardId}. */
public enum ShardKind {
    GLOBAL("global", ShardBody.BodyCase.GLOBAL),
    LISTENER("listener", ShardBody.BodyCase.LISTENER),
    HOST("host", ShardBody.BodyCase.HOST),
    UPSTREAM("upstream", ShardBody.BodyCase.UPSTREAM),
    ENDPOINTS("endpoints", ShardBody.BodyCase.ENDPOINTS),
    CERTIFICATE("certificate", ShardBody.BodyCase.CERTIFICATE),
    TICKETS("tickets", ShardBody.BodyCase.TICKETS),
    STAPLE("staple", ShardBody.BodyCase.STAPLE),

    /** One that a later version has and this one does not know: it has its place in a snapshot, and nothing is made of it. */
    UNKNOWN("", ShardBody.BodyCase.BODY_NOT_SET);

    private final String prefix;
    private final ShardBody.BodyCase body;

    ShardKind(String prefix, ShardBody.BodyCase body) {
        this.prefix = prefix;
        this.body = body;
    }

    /** As it stands in ids. */
    public String prefix() {
        return prefix;
    }

    /** Which field of {@link ShardBody} a shard of this kind sets. */
    public ShardBody.BodyCase body() {
        return body;
    }
}
