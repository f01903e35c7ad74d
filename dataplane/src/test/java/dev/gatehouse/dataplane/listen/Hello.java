package dev.gatehouse.dataplane.listen;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** What a TLS client says first. */
public final class Hello {
    private static final int RECORD_HEAD = 5;

    private Hello() {}

    /** Of Java's own client, in one record. */
    public static byte[] of(String serverName) {
        try {
            SSLEngine engine = SSLContext.getDefault().createSSLEngine();
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(serverName)));
            engine.setSSLParameters(parameters);
            engine.beginHandshake();
            ByteBuffer record = ByteBuffer.allocate(32 * 1024);
            engine.wrap(ByteBuffer.allocate(0), record);
            return Arrays.copyOf(record.array(), record.position());
        } catch (NoSuchAlgorithmException | SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same in records with at most so many bytes of it each (RFC 8446, 5.1). */
    public static byte[] inRecordsOf(int size, byte[] hello) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int from = RECORD_HEAD; from < hello.length; from += size) {
            int length = Math.min(size, hello.length - from);
            records.write(hello, 0, 3);
            records.write(length >>> 8);
            records.write(length);
            records.write(hello, from, length);
        }
        return records.toByteArray();
    }
}
