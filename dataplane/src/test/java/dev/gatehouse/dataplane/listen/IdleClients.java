package dev.gatehouse.dataplane.listen;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Clients that have made one request and are silent since. In a process of their own: both ends of ten thousand connections
 * are more files than one process may have open on many machines.
 */
final class IdleClients implements AutoCloseable {
    private final Process process;

    /** Blocks until all are connected and answered. */
    IdleClients(int port, int count) throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        IdleClients.class.getName(),
                        String.valueOf(port),
                        String.valueOf(count))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String line = process.inputReader().readLine();
        if (!"ready".equals(line)) {
            close();
            throw new IOException("the idle clients did not connect: " + line);
        }
    }

    /** Arguments: port, number of connections. Ends with its standard input. */
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        byte[] request = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        List<SocketChannel> clients = new ArrayList<>();
        ByteBuffer answer = ByteBuffer.allocate(4096);
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            clients.add(client);
            client.write(ByteBuffer.wrap(request));
            answer.clear();
            if (client.read(answer) <= 0) {
                throw new IOException("no answer on connection " + i);
            }
        }
        System.out.println("ready");
        int end = System.in.read();
        for (SocketChannel client : clients) {
            client.close();
        }
        System.exit(end < 0 ? 0 : 1);
    }

    boolean areAlive() {
        return process.isAlive();
    }

    @Override
    public void close() throws IOException {
        process.outputWriter().close();
        process.destroy();
    }
}
