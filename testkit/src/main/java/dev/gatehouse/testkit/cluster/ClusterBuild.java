package dev.gatehouse.testkit.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/** The programs a test cluster is made of, built on first use by {@code e2e/cluster/build} into a cache. */
public final class ClusterBuild {

    private static final int LACKING = 3;

    private ClusterBuild() {}

    /** What there is to run. */
    public enum Extent {
        /** etcd, kube-apiserver, kubectl. */
        API,
        /** Everything a whole node needs. */
        NODE
    }

    /** This machine cannot run such a cluster; the message says what it lacks. A test it ends counts as skipped. */
    public static final class LackingException extends TestAbortedException {
        private static final long serialVersionUID = 1L;

        LackingException(String message) {
            super(message);
        }
    }

    /**
     * The folder with {@code bin/}; building it may take minutes the first time.
     *
     * @throws LackingException if this machine lacks Go, root or Linux
     * @throws IllegalStateException if the build fails
     */
    public static Path home(Extent extent) {
        Path script = repository().resolve("e2e/cluster/build");
        try {
            Path errors = Files.createTempFile("cluster-build", ".log");
            Process build = new ProcessBuilder(script.toString(), extent == Extent.API ? "api" : "node")
                    .redirectError(errors.toFile())
                    .start();
            String out = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int code = build.waitFor();
            String said = Files.readString(errors);
            Files.delete(errors);
            if (code == LACKING) {
                throw new LackingException(said.strip());
            }
            if (code != 0) {
                throw new IllegalStateException(script + " failed with " + code + ":\n" + said);
            }
            return Path.of(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The root of this repository: the nearest folder above the working directory that holds the build script. */
    public static Path repository() {
        Optional<Path> folder = Optional.of(Path.of("").toAbsolutePath());
        while (folder.isPresent()) {
            if (Files.isExecutable(folder.get().resolve("e2e/cluster/build"))) {
                return folder.get();
            }
            folder = Optional.ofNullable(folder.get().getParent());
        }
        throw new IllegalStateException("no folder above the working directory has e2e/cluster/build");
    }
}
