package dev.gatehouse.controller.model;

/** How a route says who is to serve it. */
public sealed interface ClassRef {

    /** Not at all: the default IngressClass takes it. */
    record None() implements ClassRef {}

    /** By {@code spec.ingressClassName}, or a field that means the same. */
    record Name(String name) implements ClassRef {}

    /**
     * By the annotation {@code kubernetes.io/ingress.class}, which goes before the field where both are set, as the
     * Kubernetes API has it ("it must be given precedence over this field").
     */
    record Annotation(String name) implements ClassRef {}
}
