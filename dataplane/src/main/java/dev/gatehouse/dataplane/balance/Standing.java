package dev.gatehouse.dataplane.balance;

import java.util.concurrent.atomic.AtomicInteger;

/** How an endpoint has answered of late. Failures are counted by any thread; the rest is {@link Outliers}' under its lock. */
final class Standing {
    final AtomicInteger failures = new AtomicInteger();
    /** How often in a row it was ejected. */
    int ejections;
    /** When it is to come back, or came back last. */
    long untilMillis;
}
