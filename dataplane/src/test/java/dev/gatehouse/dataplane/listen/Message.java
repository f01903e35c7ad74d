package dev.gatehouse.dataplane.listen;

import static dev.gatehouse.testkit.flood.Frame.DATA;
import static dev.gatehouse.testkit.flood.Frame.HEADERS;
import static dev.gatehouse.testkit.flood.Frame.RST_STREAM;

import dev.gatehouse.testkit.flood.Frame;
import java.util.ArrayList;
import java.util.List;

/**
 * What came on one stream.
 *
 * @param heads in their order, each a list of {@code name: value}; the last may be the trailers
 * @param reset the code, -1 if there was no reset
 */
record Message(List<List<String>> heads, String body, boolean ended, int reset) {
    String status() {
        return first(":status");
    }

    /** The first value of a field in the first head that is not interim; empty if there is none. */
    String first(String name) {
        return heads.stream()
                .filter(head -> !head.getFirst().startsWith(":status: 1"))
                .findFirst()
                .flatMap(head -> head.stream()
                        .filter(line -> line.startsWith(name + ": "))
                        .findFirst())
                .map(line -> line.substring(name.length() + 2))
                .orElse("");
    }

    static Message of(List<Frame> all, int streamId) {
        List<List<String>> heads = new ArrayList<>();
        StringBuilder body = new StringBuilder();
        boolean ended = false;
        int reset = -1;
        for (Frame frame : all) {
            if (frame.streamId() != streamId) {
                continue;
            }
            ended |= frame.endsStream();
            if (frame.type() == HEADERS) {
                heads.add(frame.fields());
            } else if (frame.type() == DATA) {
                body.append(frame.payload());
            } else if (frame.type() == RST_STREAM) {
                reset = frame.number(0);
            }
        }
        return new Message(heads, body.toString(), ended, reset);
    }
}
