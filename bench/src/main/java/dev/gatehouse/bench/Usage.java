package dev.gatehouse.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What a process uses, as the kernel and its JVM say. */
final class Usage {

    private static final Path JCMD = Path.of(System.getProperty("java.home"), "bin", "jcmd");

    private Usage() {}

    /** User and system time so far. */
    static Duration cpu(Process process) {
        return process.info().totalCpuDuration().orElseThrow(() -> ended(process));
    }

    /** Resident bytes. */
    static long resident(Process process) {
        return status(process, "VmRSS:");
    }

    /** The most bytes that were ever resident. */
    static long peak(Process process) {
        return status(process, "VmHWM:");
    }

    private static long status(Process process, String field) {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElseThrow(() -> ended(process));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static IllegalStateException ended(Process process) {
        return new IllegalStateException("process " + process.pid() + " has ended");
    }

    /** Bytes of live objects, after a full collection. */
    static long liveHeap(Process process) throws IOException, InterruptedException {
        Process histogram = new ProcessBuilder(JCMD.toString(), String.valueOf(process.pid()), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String last = "";
        try (var lines = histogram.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line.isBlank() ? last : line;
            }
        }
        if (histogram.waitFor() != 0 || !last.startsWith("Total")) {
            throw new IllegalStateException("jcmd says of process " + process.pid() + ": " + last);
        }
        return Long.parseLong(last.strip().split(" +")[2]);
    }
}
