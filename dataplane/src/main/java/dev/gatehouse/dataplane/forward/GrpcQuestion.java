package dev.gatehouse.dataplane.forward;

import dev.gatehouse.dataplane.http1.FieldSection;
import dev.gatehouse.dataplane.http1.HeadBuffer;
import dev.gatehouse.dataplane.http1.ResponseHead;
import dev.gatehouse.dataplane.resilience.HealthCheck;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * {@code grpc.health.v1.Health/Check} (gRPC's health checking protocol), to be answered with SERVING. Both messages have one
 * field, and are written and read here by hand.
 */
final class GrpcQuestion implements Question {
    private static final byte[] GRPC_STATUS = Question.ascii("grpc-status");
    /** Of a message: whether it is compressed, and its length. */
    private static final int PREFIX = 5;
    /** Of HealthCheckRequest: field 1, a string. */
    private static final int SERVICE = 0x0a;
    /** Of HealthCheckResponse: field 1, an enumeration. */
    private static final int STATUS = 0x08;

    private static final String[] STATUSES = {"unknown", "serving", "not-serving", "service-unknown"};
    private static final int SERVING = 1;

    /** Longer than any answer that could be read. */
    private static final int MOST = 64;

    private final byte[] head;
    private final byte[] body;
    private final byte[] answer = new byte[MOST];
    private int length;
    private int status;
    private String grpcStatus = "";

    GrpcQuestion(HealthCheck.Ask.Grpc grpc, InetSocketAddress address) {
        this.body = request(grpc.service());
        this.head = Question.ascii("POST /grpc.health.v1.Health/Check HTTP/1.1\r\nHost: " + Question.host(address)
                + "\r\nuser-agent: gatehouse-health\r\ncontent-type: application/grpc\r\nte: trailers\r\ncontent-length: "
                + body.length + "\r\n\r\n");
    }

    private static byte[] request(String service) {
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        if (name.length > 0) {
            message.write(SERVICE);
            varint(name.length, message);
            message.writeBytes(name);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0);
        for (int shift = 24; shift >= 0; shift -= 8) {
            out.write(message.size() >>> shift);
        }
        out.writeBytes(message.toByteArray());
        return out.toByteArray();
    }

    private static void varint(int value, ByteArrayOutputStream out) {
        int rest = value;
        while (rest > 0x7f) {
            out.write((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write(rest);
    }

    @Override
    public void head(HeadBuffer out) {
        out.append(head);
    }

    @Override
    public byte[] body() {
        return body;
    }

    @Override
    public void answered(ResponseHead answered) {
        length = 0;
        status = answered.status();
        grpcStatus = grpcStatus(answered); // where there is nothing but trailers
    }

    private static String grpcStatus(FieldSection section) {
        long value = section.header(GRPC_STATUS);
        return value < 0 ? "" : section.text(value);
    }

    @Override
    public void data(ByteBuf in, int from, int count) {
        int kept = Math.min(count, MOST - length);
        in.getBytes(from, answer, length, kept);
        length += kept;
    }

    @Override
    public String verdict(FieldSection trailers) {
        if (status != 200) {
            return "status-" + status;
        }
        String ended = grpcStatus.isEmpty() ? grpcStatus(trailers) : grpcStatus;
        if (!ended.equals("0")) {
            return ended.isEmpty() ? "no-grpc-status" : "grpc-status-" + ended;
        }
        int serving = length > PREFIX + 1 && answer[0] == 0 && answer[PREFIX] == STATUS ? answer[PREFIX + 1] : 0;
        return serving == SERVING
                ? ""
                : "grpc-" + (serving >= 0 && serving < STATUSES.length ? STATUSES[serving] : "unknown");
    }
}
