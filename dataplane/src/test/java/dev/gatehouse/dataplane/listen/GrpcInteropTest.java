package dev.gatehouse.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.grpc.testing.integration.AbstractInteropTest;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.internal.AssumptionViolatedException;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.opentest4j.TestAbortedException;

/** Every case of gRPC's interoperability test that can hold through a proxy, over TLS and in clear text. */
final class GrpcInteropTest {
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final int LEAST_CASES = 30;

    /** What cannot hold through any proxy, and why. */
    private static final Map<String, String> NOT_THROUGH_A_PROXY = Map.of(
            "getServerAddressAndLocalAddressFromClient",
            "the server sees the proxy's address, the client the proxy's port");

    private static List<Method> cases() {
        return Arrays.stream(AbstractInteropTest.class.getMethods())
                .filter(method -> method.isAnnotationPresent(org.junit.Test.class))
                .filter(method -> !NOT_THROUGH_A_PROXY.containsKey(method.getName()))
                .sorted(java.util.Comparator.comparing(Method::getName))
                .toList();
    }

    @Test
    void noCaseIsLost() {
        assertThat(cases()).hasSizeGreaterThanOrEqualTo(LEAST_CASES);
    }

    @TestFactory
    Stream<DynamicTest> inClearText() {
        return cases().stream().map(method -> DynamicTest.dynamicTest(method.getName(), () -> run(method, false)));
    }

    @TestFactory
    Stream<DynamicTest> overTls() {
        return cases().stream().map(method -> DynamicTest.dynamicTest(method.getName(), () -> run(method, true)));
    }

    private static void run(Method method, boolean tls) {
        assertTimeoutPreemptively(BOUND, () -> {
            try (GrpcInteropCases test = new GrpcInteropCases(tls)) {
                test.setUp();
                try {
                    method.invoke(test);
                } catch (InvocationTargetException e) {
                    throw named(Objects.requireNonNull(e.getCause()));
                } finally {
                    test.tearDown();
                }
            }
        });
    }

    /** The cases are written for another JUnit, whose way of saying "not on this machine" is an exception of its own. */
    private static Throwable named(Throwable cause) {
        return cause instanceof AssumptionViolatedException
                ? new TestAbortedException(cause.getMessage(), cause)
                : cause;
    }
}
