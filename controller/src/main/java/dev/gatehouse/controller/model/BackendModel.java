package dev.gatehouse.controller.model;

import java.util.Optional;

/** Where a share of a rule's requests goes. */
public sealed interface BackendModel {

    /** Its share, in relation to the other weights of the rule. */
    int weight();

    /** The same with another share. */
    BackendModel weighing(int share);

    /** The Service that it leads to; empty if to none. */
    default Optional<ServiceBackend> named() {
        return Optional.empty();
    }

    /**
     * A port of a Service.
     *
     * @param serviceField where the Service is named
     * @param portField where the port is named
     */
    record ServiceBackend(ObjectKey service, PortRef port, int weight, String serviceField, String portField)
            implements BackendModel {

        @Override
        public BackendModel weighing(int share) {
            return new ServiceBackend(service, port, share, serviceField, portField);
        }

        @Override
        public Optional<ServiceBackend> named() {
            return Optional.of(this);
        }
    }

    /**
     * One that another object brings to the rule.
     *
     * @param route that object
     * @param field where it does
     */
    record Brought(ObjectKey route, String field, BackendModel backend) implements BackendModel {

        @Override
        public int weight() {
            return backend.weight();
        }

        @Override
        public BackendModel weighing(int share) {
            return new Brought(route, field, backend.weighing(share));
        }

        @Override
        public Optional<ServiceBackend> named() {
            return backend.named();
        }
    }

    /**
     * Something other than a Service ({@code backend.resource} of an Ingress), which cannot be served.
     *
     * @param what kind and name
     */
    record ResourceBackend(String what, int weight, String field) implements BackendModel {

        @Override
        public BackendModel weighing(int share) {
            return new ResourceBackend(what, share, field);
        }
    }

    /**
     * Nothing that can be served; a finding of the object says why.
     *
     * @param reason code that the 503 carries
     */
    record Unserved(String reason, int weight) implements BackendModel {

        @Override
        public BackendModel weighing(int share) {
            return new Unserved(reason, share);
        }
    }
}
