package dev.gatehouse.controller.fleet;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** The running operator of ProxyFleets. One replica runs it at a time: the leader. */
public final class FleetOperator implements AutoCloseable {

    private static final Duration STOP_BOUND = Duration.ofSeconds(3);

    private final Operator operator;

    private FleetOperator(Operator operator) {
        this.operator = operator;
    }

    /** Starts it; blocks until it has seen all fleets. */
    public static FleetOperator start(KubernetesClient client, FleetSettings settings) {
        Operator operator = new Operator(config -> config.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withReconciliationTerminationTimeout(STOP_BOUND)
                .withStopOnInformerErrorDuringStartup(false));
        operator.register(new FleetReconciler(client, settings, Clock.systemUTC()), config -> {
            if (!settings.namespaces().isEmpty()) {
                config.settingNamespaces(Set.copyOf(settings.namespaces()));
            }
        });
        operator.start();
        keepItsTimer(operator);
        return new FleetOperator(operator);
    }

    /** Made without a thread of its own, the operator's timer ends one and makes sure that none is needed every 10 ms, for ever. */
    private static void keepItsTimer(Operator operator) {
        if (operator.getConfigurationService().getExecutorServiceManager().scheduledExecutorService()
                instanceof ScheduledThreadPoolExecutor timer) {
            timer.setCorePoolSize(1);
        }
    }

    /** Stops; what it made stays. */
    @Override
    public void close() {
        operator.stop();
    }
}
