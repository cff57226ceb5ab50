package io.oarlog.server.api;

import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.MetadataSeams;
import io.oarlog.metadata.MetadataSettings;
import io.oarlog.metadata.MetadataStateMachine;
import io.oarlog.metadata.SessionSettings;
import io.oarlog.metadata.Topic;
import io.oarlog.metadata.TopicOutcome;
import io.oarlog.raft.CommandLog;
import io.oarlog.raft.RaftAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The metadata of broker 1 alone, without Raft: what is submitted is applied. Used by the test's thread. */
public final class OneNodeMetadata implements CommandLog, AutoCloseable {
    private static final int LIMIT_SECONDS = 60;

    private final ExecutorService applyThread = Executors.newSingleThreadExecutor();
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private final MetadataStateMachine machine = new MetadataStateMachine(System::nanoTime);
    private final Metadata metadata;
    private long index; // confined to the apply thread

    public OneNodeMetadata() {
        machine.onLeadership(true);
        metadata = Metadata.start(
                new MetadataSettings(
                        new BrokerRegistration(1, "127.0.0.1", 9092), "1", 1, 1, SessionSettings.defaults()),
                machine,
                new MetadataSeams(
                        this,
                        () -> new TreeMap<>(Map.of(1, new RaftAddress("127.0.0.1", 9190))),
                        () -> OptionalInt.of(1),
                        () -> 0,
                        new Random(1),
                        scheduler));
        get(metadata.started());
    }

    @Override
    public CompletableFuture<ByteBuffer> submit(ByteBuffer command) {
        return CompletableFuture.supplyAsync(() -> machine.apply(1, ++index, command), applyThread);
    }

    @Override
    public CompletableFuture<ByteBuffer> query(ByteBuffer request) {
        return CompletableFuture.supplyAsync(() -> machine.query(request), applyThread);
    }

    public Metadata metadata() {
        return metadata;
    }

    public Topic create(String topic) {
        return create(topic, Map.of());
    }

    public Topic create(String topic, Map<String, String> configs) {
        return ((TopicOutcome.Done) get(metadata.createTopic(topic, 1, 1, configs, false))).topic();
    }

    private static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        metadata.close();
        scheduler.shutdownNow();
        applyThread.shutdownNow();
    }
}
