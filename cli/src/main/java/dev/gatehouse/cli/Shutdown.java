package dev.gatehouse.cli;

import java.util.concurrent.CountDownLatch;

/** Lets a program end well on SIGTERM and Ctrl-C: first what is to be drained, then the process. */
final class Shutdown {

    private static final CountDownLatch DRAINED = new CountDownLatch(1);

    private Shutdown() {}

    /** What is to be done when the process is asked to end. */
    interface Drain {
        void run() throws InterruptedException;
    }

    /** Runs {@code drain} on a signal, before the process ends. Call once. */
    static void onSignal(Drain drain) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            try {
                                drain.run();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            } finally {
                                DRAINED.countDown();
                            }
                        },
                        "drain"));
    }

    /** Returns when the process was asked to end and has drained. */
    static void await() throws InterruptedException {
        DRAINED.await();
    }
}
