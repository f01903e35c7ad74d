package dev.gatehouse.testkit;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class in which a Netty buffer was dropped without being released. Registered for all tests of a module by its
 * {@code META-INF/services}; needs {@code -Dio.netty.leakDetection.level=paranoid}.
 */
public final class LeakGate implements BeforeAllCallback, AfterAllCallback {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LeakGate.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        reports(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Queue<String> reports = reports(context);
        // A leak is found when a dropped buffer has been collected and another one is tracked.
        for (int round = 0; round < 3; round++) {
            System.gc();
            io.netty.buffer.PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
        String first = reports.poll();
        if (first != null) {
            int more = reports.size();
            reports.clear();
            throw new AssertionError("a buffer was leaked (" + more + " more reports): " + first);
        }
    }

    private static Queue<String> reports(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent("reports", key -> install(new ConcurrentLinkedQueue<>()), Reports.class)
                .queue();
    }

    private record Reports(Queue<String> queue) {}

    private static Reports install(Queue<String> queue) {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @SuppressWarnings("deprecation") // Still the abstract method of the factory.
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int samplingInterval, long maxActive) {
                return new ResourceLeakDetector<>(resource, samplingInterval) {
                    @Override
                    protected void reportTracedLeak(String type, String records) {
                        queue.add(type + records);
                    }

                    @Override
                    protected void reportUntracedLeak(String type) {
                        queue.add(type);
                    }
                };
            }
        });
        return new Reports(queue);
    }
}
