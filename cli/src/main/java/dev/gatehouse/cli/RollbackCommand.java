package dev.gatehouse.cli;

import dev.gatehouse.controller.model.FleetKey;
import dev.gatehouse.controller.rollback.RollbackKeeper;
import dev.gatehouse.crds.ProxyFleet;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gatehouse rollback}: asks for an earlier version, by an annotation of the ProxyFleet, with the rights of who asks. */
@NullUnmarked // picocli sets the fields
@Command(
        name = "rollback",
        mixinStandardHelpOptions = true,
        description =
                "Serves the hosts of a fleet, or some of them, as they were at an earlier snapshot, whatever is changed, until it is"
                        + " released. Endpoints and certificates are those of today. It annotates the ProxyFleet, so it needs the right to"
                        + " patch that and nothing else, and holds for all replicas, whichever dies.")
final class RollbackCommand implements Callable<Integer> {

    @Parameters(
            paramLabel = "ROOT",
            arity = "0..1",
            description = "First digits of the snapshot's root: see gatehouse snapshot list.")
    private String root;

    @Option(names = "--host", paramLabel = "HOST", split = ",", description = "This host only. May be repeated.")
    private List<String> hosts = List.of();

    @Option(names = "--release", description = "Serves again what the objects ask for.")
    private boolean release;

    @Option(
            names = "--fleet",
            defaultValue = "gatehouse-system/default",
            paramLabel = "NAMESPACE/NAME",
            description = "The ProxyFleet. Default: ${DEFAULT-VALUE}.")
    private String fleet;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "How to reach the API server. Default: as kubectl does, by $KUBECONFIG or ~/.kube/config.")
    private Path kubeconfig;

    @Option(names = "--print", description = "Prints the kubectl command that does it, and does nothing.")
    private boolean print;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (release == (root != null) || (release && !hosts.isEmpty())) {
            throw new ParameterException(spec.commandLine(), "either ROOT (with --host if you like) or --release");
        }
        if (root != null && !root.matches("[0-9a-f]{4,64}")) {
            throw new ParameterException(
                    spec.commandLine(),
                    "ROOT is written in 4 to 64 hexadecimal digits, as gatehouse snapshot list has them, not '" + root
                            + "'");
        }
        FleetKey key = fleet();
        String value = hosts.isEmpty() ? String.valueOf(root) : root + " " + String.join(",", hosts);
        PrintWriter out = spec.commandLine().getOut();
        if (print) {
            out.println("kubectl annotate proxyfleet " + key.name() + " -n " + key.namespace() + " --overwrite "
                    + (release ? RollbackKeeper.ANNOTATION + "-" : RollbackKeeper.ANNOTATION + "='" + value + "'"));
        } else {
            annotate(key, value);
            out.println(
                    release
                            ? "ProxyFleet " + key + " is released: what its objects ask for is served"
                            : "ProxyFleet " + key + " is to serve "
                                    + (hosts.isEmpty() ? "its hosts" : String.join(", ", hosts))
                                    + " as at " + root + ". Whether it does: kubectl wait -n " + key.namespace()
                                    + " proxyfleet/"
                                    + key.name()
                                    + " --for=condition=RolledBack. End it with: gatehouse rollback --release"
                                    + " --fleet " + key);
        }
        out.flush();
        return 0;
    }

    private FleetKey fleet() {
        try {
            return FleetKey.parse(fleet);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--fleet: " + e.getMessage(), e);
        }
    }

    private void annotate(FleetKey key, String value) {
        try (KubernetesClient client = client()) {
            ProxyFleet found = client.resources(ProxyFleet.class)
                    .inNamespace(key.namespace())
                    .withName(key.name())
                    .edit(before -> {
                        ObjectMeta metadata = before.getMetadata();
                        if (release) {
                            metadata.getAnnotations().remove(RollbackKeeper.ANNOTATION);
                        } else {
                            metadata.getAnnotations().put(RollbackKeeper.ANNOTATION, value);
                        }
                        return before;
                    });
            if (found == null) {
                throw new SettingException("there is no ProxyFleet " + key + ": --fleet names the one to roll back");
            }
        } catch (KubernetesClientException e) {
            throw new SettingException("ProxyFleet " + key + " cannot be annotated: " + e.getMessage());
        }
    }

    private KubernetesClient client() {
        if (kubeconfig != null && !Files.isReadable(kubeconfig)) {
            throw new SettingException("--kubeconfig " + kubeconfig + " cannot be read");
        }
        Config config = kubeconfig == null ? new ConfigBuilder().build() : Config.fromKubeconfig(kubeconfig.toFile());
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
