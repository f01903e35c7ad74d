package dev.gatehouse.controller.boot;

import dev.gatehouse.controller.publish.NodeRegistry;
import dev.gatehouse.controller.watch.PodWatch;

/** Tells those who let data planes in of the pods that there are. */
final class PodNews {

    private PodNews() {}

    static PodWatch.Sink of(NodeRegistry nodes) {
        return new PodWatch.Sink() {
            @Override
            public void podThere(String uid) {
                nodes.podThere(uid);
            }

            @Override
            public void podGone(String uid) {
                nodes.podGone(uid);
            }

            @Override
            public void podsListed() {
                nodes.podsListed();
            }
        };
    }
}
