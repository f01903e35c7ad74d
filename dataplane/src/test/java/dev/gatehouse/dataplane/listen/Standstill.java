package dev.gatehouse.dataplane.listen;

import java.util.concurrent.Callable;
import java.util.function.LongSupplier;

/** Whether a number is the same as when it was looked at before. */
final class Standstill implements Callable<Boolean> {
    private final LongSupplier number;
    private long last = -1;

    Standstill(LongSupplier number) {
        this.number = number;
    }

    @Override
    public Boolean call() {
        long now = number.getAsLong();
        boolean still = now == last;
        last = now;
        return still;
    }
}
