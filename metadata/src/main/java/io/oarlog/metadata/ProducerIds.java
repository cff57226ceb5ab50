package io.oarlog.metadata;

import com.fasterxml.jackson.databind.JsonNode;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Producer ids, taken from the tree in blocks of a thousand as classic Kafka does. Thread-safe.
 *
 * <pre>
 * /latest_producer_id_block  {"version":1,"broker":1,"block_start":"0","block_end":"999"}   both inclusive; nothing at first
 * </pre>
 *
 * <p>A block belongs to whoever replaced the previous one by compare-and-set and knows it. A block whose outcome is unknown
 * is never used, so ids may be skipped but never come twice.
 */
final class ProducerIds {
    static final String PATH = "/latest_producer_id_block";
    static final int BLOCK_SIZE = 1000;
    private static final int MAX_WAITING = 100_000;

    private final int brokerId;
    private final MetadataStateMachine machine;
    private final TreeWriter writer;
    private final Object lock = new Object(); // guards the fields below
    private final Queue<CompletableFuture<Long>> waiting = new ArrayDeque<>();
    private long next;
    private long endExclusive;

    ProducerIds(int brokerId, MetadataStateMachine machine, TreeWriter writer) {
        this.brokerId = brokerId;
        this.machine = machine;
        this.writer = writer;
    }

    CompletableFuture<Long> next() {
        CompletableFuture<Long> waiter = new CompletableFuture<>();
        synchronized (lock) {
            if (next < endExclusive) {
                return CompletableFuture.completedFuture(next++);
            } else if (waiting.size() >= MAX_WAITING) {
                return CompletableFuture.failedFuture(
                        new TimeoutException("too many wait for producer ids; try again"));
            }
            waiting.add(waiter);
            if (waiting.size() > 1) {
                return waiter; // the block is already on its way
            }
        }
        fetchBlock();
        return waiter;
    }

    private void fetchBlock() {
        var unused = writer.write(this::decide).whenComplete((start, failure) -> {
            if (failure == null) {
                onBlock(start);
            } else {
                onFailure(failure);
            }
        });
    }

    private Decision<Long> decide() {
        Optional<Znode> znode = machine.tree().get(PATH);
        boolean isFirst = znode.isEmpty() || znode.get().data().size() == 0;
        long start = isFirst ? 0 : endInclusive(znode.get().data()) + 1;
        if (start < 0 || start > Long.MAX_VALUE - BLOCK_SIZE) {
            throw new IllegalStateException("there are no producer ids left after " + PATH);
        }
        ZnodeData block = block(start);
        return new Decision.Propose<>(
                znode.isEmpty()
                        ? Create.persistent(PATH, block)
                        : new SetData(PATH, block, znode.get().version()),
                start);
    }

    private ZnodeData block(long start) {
        return ZnodeJson.write(ZnodeJson.object()
                .put("version", 1)
                .put("broker", brokerId)
                .put("block_start", Long.toString(start))
                .put("block_end", Long.toString(start + BLOCK_SIZE - 1)));
    }

    private static long endInclusive(ZnodeData data) {
        JsonNode json = ZnodeJson.read(data);
        try {
            return Long.parseLong(ZnodeJson.text(json, "block_end"));
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException("block_end is no number", e);
        }
    }

    private void onBlock(long start) {
        List<CompletableFuture<Long>> served = new ArrayList<>();
        long id = start;
        boolean needsMore;
        synchronized (lock) {
            while (id < start + BLOCK_SIZE && !waiting.isEmpty()) {
                served.add(waiting.remove());
                id++;
            }
            next = id;
            endExclusive = start + BLOCK_SIZE;
            needsMore = !waiting.isEmpty();
        }
        for (int i = 0; i < served.size(); i++) {
            served.get(i).complete(start + i);
        }
        if (needsMore) {
            fetchBlock();
        }
    }

    private void onFailure(Throwable failure) {
        List<CompletableFuture<Long>> failed;
        synchronized (lock) {
            failed = List.copyOf(waiting);
            waiting.clear();
        }
        @Nullable Throwable cause = CommandSubmitter.unwrapped(failure);
        failed.forEach(waiter -> waiter.completeExceptionally(cause));
    }
}
