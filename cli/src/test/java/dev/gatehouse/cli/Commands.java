package dev.gatehouse.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Runs commands in this process. */
final class Commands {

    /** What a command left behind. */
    record Ran(int code, String out, String err) {}

    private Commands() {}

    /** @param arguments as one types them behind {@code gatehouse} */
    static Ran run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = GatehouseCommand.commands()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Ran(code, out.toString(), err.toString());
    }
}
