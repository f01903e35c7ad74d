package dev.gatehouse.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** The {@code gatehouse} command as a process of its own, and what it has said. */
final class Program implements AutoCloseable {

    private final Process process;
    private final Thread listening;
    private final List<String> said = new CopyOnWriteArrayList<>();

    private Program(Process process) {
        this.process = process;
        listening = Thread.ofVirtual().start(this::listen);
    }

    /** Starts it with arguments. */
    static Program start(String... arguments) {
        return start(List.of(), arguments);
    }

    /** Starts it with options for Java and arguments. */
    static Program start(List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.gatehouse.cli.Main"));
        command.addAll(List.of(arguments));
        try {
            return new Program(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() {
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                said.add(line);
            }
        } catch (IOException e) {
            said.add("output ended: " + e.getMessage());
        }
    }

    /** Everything said so far. */
    String output() {
        return String.join("\n", said);
    }

    /** Waits until a line matches, and gives the first group of the match, or all of it. */
    String await(String regex) {
        Pattern pattern = Pattern.compile(regex);
        try {
            return Awaitility.await()
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> find(pattern), Optional::isPresent)
                    .orElseThrow();
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("it did not say '" + regex + "' but:\n" + output(), e);
        }
    }

    private Optional<String> find(Pattern pattern) {
        for (String line : said) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                return Optional.of(matcher.groupCount() > 0 ? matcher.group(1) : matcher.group());
            }
        }
        return Optional.empty();
    }

    /** SIGQUIT: Java says what its threads do. */
    void dumpThreads() throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-QUIT", String.valueOf(process.pid()))
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("kill ended with " + status);
        }
    }

    /** SIGKILL; returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM. */
    void terminate() {
        process.toHandle().destroy(); // Process.destroy would close the output as well
    }

    /** Waits for the end, also of what it says, and gives the exit code. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            throw new AssertionError("still running after 90 s; it said:\n" + output());
        }
        // Its end is seen before the end of what it said.
        if (!listening.join(Duration.ofSeconds(90))) {
            throw new AssertionError("its output does not end:\n" + output());
        }
        return process.exitValue();
    }

    /** Returns when it is gone: the next one may want its ports. */
    @Override
    public void close() {
        try {
            kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
