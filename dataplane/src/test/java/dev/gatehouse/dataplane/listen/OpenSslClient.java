package dev.gatehouse.dataplane.listen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One request over {@code openssl s_client}, and everything that it says. */
final class OpenSslClient {
    private static final long PATIENCE_SECONDS = 60;

    private OpenSslClient() {}

    /**
     * Asks for {@code /} of a host and reads until the server closes.
     *
     * @param more options, such as {@code -tls1_2}
     */
    static String get(int port, String serverName, List<String> more) throws IOException, InterruptedException {
        Path said = Files.createTempFile("s_client", ".txt");
        Path request = Files.createTempFile("s_client", ".http");
        try {
            Files.writeString(
                    request,
                    "GET / HTTP/1.1\r\nHost: " + serverName + "\r\nConnection: close\r\n\r\n",
                    StandardCharsets.US_ASCII);
            List<String> command = new ArrayList<>(List.of(
                    "openssl", "s_client", "-connect", "127.0.0.1:" + port, "-servername", serverName, "-ign_eof"));
            command.addAll(more);
            Process client = new ProcessBuilder(command)
                    .redirectInput(request.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (!client.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                client.destroyForcibly().waitFor();
                throw new IllegalStateException("openssl did not end: " + Files.readString(said));
            }
            return Files.readString(said, StandardCharsets.ISO_8859_1);
        } finally {
            Files.delete(said);
            Files.delete(request);
        }
    }
}
