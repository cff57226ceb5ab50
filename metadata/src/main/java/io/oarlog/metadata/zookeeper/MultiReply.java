package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.jute.InputArchive;
import org.apache.jute.OutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.proto.ErrorResponse;
import org.apache.zookeeper.proto.MultiHeader;
import org.jspecify.annotations.Nullable;

/** One result after the other, each behind a header, and a header that ends them: ZooKeeper's {@code MultiResponse}. */
final class MultiReply implements Record {
    private record Part(
            OpCode code, ErrorCode error, @Nullable Record body) {}

    private final List<Part> parts = new ArrayList<>();

    void add(OpCode code, @Nullable Record body) {
        parts.add(new Part(code, ErrorCode.OK, body));
    }

    void addError(ErrorCode error) {
        parts.add(new Part(OpCode.ERROR, error, new ErrorResponse(error.number())));
    }

    @Override
    public void serialize(OutputArchive archive, String tag) throws IOException {
        for (Part part : parts) {
            new MultiHeader(part.code().number(), false, part.error().number()).serialize(archive, tag);
            if (part.body() != null) {
                part.body().serialize(archive, tag);
            }
        }
        new MultiHeader(-1, true, -1).serialize(archive, tag);
    }

    @Override
    public void deserialize(InputArchive archive, String tag) {
        throw new UnsupportedOperationException("it is sent only");
    }
}
