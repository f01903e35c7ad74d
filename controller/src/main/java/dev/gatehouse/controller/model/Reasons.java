package dev.gatehouse.controller.model;

import java.util.Set;

/** The reasons of findings, and what they mean for the conditions of an object. */
public final class Reasons {

    /** The object has no usable spec, or content that this version does not know. */
    public static final String UNREADABLE = "Unreadable";

    /** A host is no DNS name. */
    public static final String INVALID_HOST = "InvalidHost";

    /** A path is not what its type asks for. */
    public static final String INVALID_PATH = "InvalidPath";

    /** A plain path has the look of a regular expression. */
    public static final String PATH_IS_NO_REGEX = "PathIsNoRegex";

    /** A match has a header, method or expression that cannot be. */
    public static final String INVALID_MATCH = "InvalidMatch";

    /** A filter cannot be applied. */
    public static final String INVALID_FILTER = "InvalidFilter";

    /** An annotation of ours has a value that cannot be. */
    public static final String INVALID_ANNOTATION = "InvalidAnnotation";

    /** An annotation with our prefix means nothing. */
    public static final String UNKNOWN_ANNOTATION = "UnknownAnnotation";

    /** A backend names nothing, or too much. */
    public static final String INVALID_BACKEND = "InvalidBackend";

    /** A duration, size or address range cannot be read. */
    public static final String INVALID_VALUE = "InvalidValue";

    /** A backend is something other than a Service. */
    public static final String BACKEND_KIND_UNSUPPORTED = "BackendKindUnsupported";

    /** No Service of this name. */
    public static final String SERVICE_NOT_FOUND = "ServiceNotFound";

    /** The Service has no such port. */
    public static final String PORT_NOT_FOUND = "PortNotFound";

    /** The Service leads to a name that may not be dialled. */
    public static final String EXTERNAL_NAME_REFUSED = "ExternalNameRefused";

    /** The Service is in another namespace, which has no ReferenceGrant for that. */
    public static final String REF_NOT_PERMITTED = "RefNotPermitted";

    /** No ProxyPolicy of this name. */
    public static final String POLICY_NOT_FOUND = "PolicyNotFound";

    /** The ProxyPolicy cannot be applied, or not to this rule. */
    public static final String POLICY_INVALID = "PolicyInvalid";

    /** A part of the ProxyPolicy cannot apply to the rule, which is served without it. */
    public static final String POLICY_NOT_USED = "PolicyNotUsed";

    /** No Secret of this name. */
    public static final String SECRET_NOT_FOUND = "SecretNotFound";

    /** The Secret holds no certificate that can be served. */
    public static final String SECRET_UNUSABLE = "SecretUnusable";

    /** The certificate is served, but clients will not take it for this host. */
    public static final String HOST_NOT_IN_CERTIFICATE = "HostNotInCertificate";

    /** The certificates of a chain were written down in another order than they are to be shown in. */
    public static final String CERTIFICATE_CHAIN_REORDERED = "CertificateChainReordered";

    /** The certificate of the leaf's issuer seems to be missing. */
    public static final String CERTIFICATE_CHAIN_INCOMPLETE = "CertificateChainIncomplete";

    /** There are certificates beside the chain that have nothing to do with it. */
    public static final String CERTIFICATE_CHAIN_TOO_LONG = "CertificateChainTooLong";

    /** The certificate's issuer says that it was revoked. It is served all the same. */
    public static final String CERTIFICATE_REVOKED = "CertificateRevoked";

    /** Nobody is shown the certificate, for TLS of the host ends at its backends. */
    public static final String CERTIFICATE_NOT_USED = "CertificateNotUsed";

    /** An annotation about TLS to a Service's endpoints cannot be understood. */
    public static final String BACKEND_TLS_INVALID = "BackendTlsInvalid";

    /** No object of this name holds the issuers that a Service trusts. */
    public static final String BACKEND_CA_NOT_FOUND = "BackendCaNotFound";

    /** The object that should hold the issuers that a Service trusts holds none. */
    public static final String BACKEND_CA_UNUSABLE = "BackendCaUnusable";

    /** What is said about TLS with clients cannot be understood. */
    public static final String TLS_OPTIONS_INVALID = "TlsOptionsInvalid";

    /** An older object says something else about TLS with the clients of the host. */
    public static final String TLS_OPTIONS_TAKEN = "TlsOptionsTaken";

    /** No object of this name holds the issuers of client certificates. */
    public static final String CLIENT_CA_NOT_FOUND = "ClientCaNotFound";

    /** The object that should hold the issuers of client certificates holds none. */
    public static final String CLIENT_CA_UNUSABLE = "ClientCaUnusable";

    /** The namespace may not use the host. */
    public static final String HOST_NOT_GRANTED = "HostNotGranted";

    /** An older object has the same host and match. */
    public static final String HOST_PATH_TAKEN = "HostPathTaken";

    /** There is no rule that the Ingress could be a canary of. */
    public static final String CANARY_ORPHANED = "CanaryOrphaned";

    /** An older object says something else about the endpoints of the Service. */
    public static final String UPSTREAM_POLICY_TAKEN = "UpstreamPolicyTaken";

    /** An older object has the default backend. */
    public static final String DEFAULT_BACKEND_TAKEN = "DefaultBackendTaken";

    /** The object names no class, and there is no default class. */
    public static final String NO_INGRESS_CLASS = "NoIngressClass";

    /** The named class does not exist. */
    public static final String INGRESS_CLASS_NOT_FOUND = "IngressClassNotFound";

    /** Field and annotation name different classes. */
    public static final String INGRESS_CLASS_AMBIGUOUS = "IngressClassAmbiguous";

    /** {@code spec.parameters} of a class is no ProxyFleet. */
    public static final String INVALID_PARAMETERS = "InvalidParameters";

    /** The fleet that is to serve the object does not exist. */
    public static final String FLEET_NOT_FOUND = "FleetNotFound";

    /** A change that would take too many hosts away at once is not served yet. */
    public static final String HELD = "Held";

    /** An earlier version is served, because somebody asked for it. */
    public static final String ROLLED_BACK = "RolledBack";

    /** What was asked for cannot be gone back to. */
    public static final String ROLLBACK_UNKNOWN = "RollbackUnknown";

    /** Compiling it failed for a mistake in Gatehouse; its last good version keeps serving. */
    public static final String NOT_COMPILED = "NotCompiled";

    private static final Set<String> REFERENCES = Set.of(
            BACKEND_KIND_UNSUPPORTED,
            SERVICE_NOT_FOUND,
            PORT_NOT_FOUND,
            EXTERNAL_NAME_REFUSED,
            SECRET_NOT_FOUND,
            SECRET_UNUSABLE,
            BACKEND_TLS_INVALID,
            BACKEND_CA_NOT_FOUND,
            BACKEND_CA_UNUSABLE,
            CLIENT_CA_NOT_FOUND,
            CLIENT_CA_UNUSABLE,
            REF_NOT_PERMITTED,
            POLICY_NOT_FOUND,
            POLICY_INVALID,
            FLEET_NOT_FOUND);

    private static final Set<String> CONFLICTS = Set.of(HOST_PATH_TAKEN, DEFAULT_BACKEND_TAKEN, TLS_OPTIONS_TAKEN);

    private Reasons() {}

    /** Whether the object loses something to an older one. */
    public static boolean isConflict(String reason) {
        return CONFLICTS.contains(reason);
    }

    /** Whether the reason is about an object that is referred to: {@code ResolvedRefs} is false then. */
    public static boolean isReference(String reason) {
        return REFERENCES.contains(reason);
    }
}
