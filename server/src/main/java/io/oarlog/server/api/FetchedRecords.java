package io.oarlog.server.api;

import io.oarlog.log.LogRegion;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.RecordsSend;

/**
 * The batches of one partition on their way to a client, in memory or still in the files of segments. Confined to one thread
 * at a time.
 *
 * <p>The regions are given away with {@link #toSend} to a {@link RegionChannel}; until then they are closed here.
 */
final class FetchedRecords implements BaseRecords, Closeable {
    /** One part; either in memory or a region. */
    private sealed interface Part {
        int sizeInBytes();
    }

    private record InMemory(ByteBuffer bytes) implements Part {
        @Override
        public int sizeInBytes() {
            return bytes.remaining();
        }
    }

    private record InFile(LogRegion region) implements Part {
        @Override
        public int sizeInBytes() {
            return region.sizeInBytes();
        }
    }

    private final List<Part> parts = new ArrayList<>();
    private int sizeInBytes;

    void add(ByteBuffer batches) {
        add(new InMemory(batches));
    }

    void add(LogRegion region) {
        add(new InFile(region));
    }

    private void add(Part part) {
        parts.add(part);
        sizeInBytes += part.sizeInBytes();
    }

    @Override
    public int sizeInBytes() {
        return sizeInBytes;
    }

    @Override
    public RecordsSend<FetchedRecords> toSend() {
        return new PartsSend(this);
    }

    /** Closes what was not given away; there are no batches any more. */
    @Override
    public void close() {
        for (Part part : parts) {
            if (part instanceof InFile inFile) {
                inFile.region().close();
            }
        }
        parts.clear();
        sizeInBytes = 0;
    }

    private static final class PartsSend extends RecordsSend<FetchedRecords> {
        private final Deque<Part> left;

        PartsSend(FetchedRecords records) {
            super(records, records.sizeInBytes());
            this.left = new ArrayDeque<>(records.parts);
        }

        @Override
        protected int writeTo(TransferableChannel channel, int previouslyWritten, int remaining) throws IOException {
            Part part = left.remove();
            int bytes = part.sizeInBytes();
            if (part instanceof InMemory inMemory) {
                requireWhole(bytes, channel.write(inMemory.bytes().duplicate()));
            } else if (part instanceof InFile inFile) {
                ((RegionChannel) channel).take(inFile.region());
            }
            return bytes;
        }

        private static void requireWhole(int wanted, int written) {
            if (written < wanted) {
                throw new IllegalStateException("took " + written + " of " + wanted + " bytes");
            }
        }
    }
}
