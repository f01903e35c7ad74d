package dev.gatehouse.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A proxy that runs: NAME=PORT:PID. */
record ProxyProcess(String name, int port, long pid) {

    private static final double NANOS_PER_TICK = 1e7; // USER_HZ is 100 everywhere Java runs

    static ProxyProcess parse(String arg) {
        int equals = arg.indexOf('=');
        int colon = arg.indexOf(':', equals);
        return new ProxyProcess(
                arg.substring(0, equals),
                Integer.parseInt(arg.substring(equals + 1, colon)),
                Long.parseLong(arg.substring(colon + 1)));
    }

    /** User and system time of the process and its children so far. */
    double cpuNanos() {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow(() -> new IllegalStateException(name + " is gone"));
        return ticks(pid)
                + process.children().mapToDouble(child -> ticks(child.pid())).sum();
    }

    private static double ticks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
