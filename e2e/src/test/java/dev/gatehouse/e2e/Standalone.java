package dev.gatehouse.e2e;

import dev.gatehouse.testkit.WebClient;
import java.nio.file.Path;

/** {@code gatehouse run} as a process of its own, on ports that are free. */
final class Standalone {

    private Standalone() {}

    /** Runs it with a folder; returns when it serves. */
    static Program run(Path folder) {
        Program program =
                Program.start("run", folder.toString(), "--http-port", "0", "--https-port", "0", "--admin-port", "0");
        program.await("Ctrl-C drains");
        return program;
    }

    /** A client of both ports. */
    static WebClient web(Program program) {
        return new WebClient("127.0.0.1", port(program, "http"), port(program, "https"));
    }

    /** @param scheme http or https */
    static int port(Program program, String scheme) {
        return Integer.parseInt(program.await(scheme + "://localhost:(\\d+)"));
    }
}
