package dev.gatehouse.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs to their end. */
public final class Shell {

    private static final int BOUND_SECONDS = 120;

    private Shell() {}

    /**
     * Runs a command and gives what it printed, errors included.
     *
     * @throws IllegalStateException if it fails or takes longer than two minutes
     */
    public static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(String.join(" ", command) + " failed:\n" + said);
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** As {@link #run}, for arguments without spaces. */
    public static String run(String command) {
        return run(List.of(command.split(" ")));
    }

    /** Runs a command for its effect, which may have been had before. */
    static void tryRun(String command) {
        try {
            run(command);
        } catch (IllegalStateException e) {
            // Cleaning up what may not be there.
        }
    }
}
