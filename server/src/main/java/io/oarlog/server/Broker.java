package io.oarlog.server;

import io.oarlog.log.Clock;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.metadata.BrokerRegistration;
import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.MetadataStateMachine;
import io.oarlog.raft.PartitionId;
import io.oarlog.raft.PartitionLeader;
import io.oarlog.raft.PartitionListener;
import io.oarlog.raft.RaftNode;
import io.oarlog.raft.RaftNodeSettings;
import io.oarlog.raft.RaftSettings;
import io.oarlog.server.api.ApiRouter;
import io.oarlog.server.api.ApiSettings;
import io.oarlog.server.api.ClusterState;
import io.oarlog.server.api.DelayedFetches;
import io.oarlog.server.api.KafkaApis;
import io.oarlog.server.net.KafkaListener;
import io.oarlog.server.net.ListenerSettings;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One broker: starts its parts in order and stops them in the opposite one. Thread-safe.
 *
 * <p>A broker serves Kafka clients from the moment it is started, with what it knows; it is named to clients once its own
 * metadata has caught up and its partitions are open.
 */
public final class Broker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
    /** Around the largest batch: request header, topic names, other partitions' batches. */
    private static final int FRAME_ROOM_BYTES = 100 * 1024 * 1024;

    private static final int MAX_FETCH_BYTES = 16 * 1024 * 1024;
    private static final int MAX_PRODUCERS = 10_000;

    /** What has been started, in order; stopped from the end. */
    private final Deque<Part> parts = new ArrayDeque<>();

    private final BrokerSettings settings;

    private record Part(String name, AutoCloseable closeable) {}

    private Broker(BrokerSettings settings) {
        this.settings = settings;
    }

    /**
     * Opens the data directory, takes part in the cluster and listens. Returns before the cluster has leaders.
     *
     * @throws InvalidSettingException when the data directory is another node's or in use
     * @throws IOException when an address cannot be bound or the data cannot be read; nothing is left running
     */
    public static Broker start(BrokerSettings settings) throws IOException {
        return start(settings, Disk.system());
    }

    /** As {@link #start(BrokerSettings)}, with the segments on a disk of the caller's. */
    public static Broker start(BrokerSettings settings, Disk disk) throws IOException {
        Broker broker = new Broker(settings);
        try {
            broker.run(disk);
            return broker;
        } catch (IOException | RuntimeException e) {
            broker.close();
            throw e;
        }
    }

    private void run(Disk disk) throws IOException {
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            Part part = parts.removeLast();
            try {
                part.closeable().close();
            } catch (Exception e) {
                // The rest is stopped all the same: nothing depends on this part any more.
                LOG.atWarn().addKeyValue("part", part.name()).setCause(e).log("could not be stopped in order");
            }
        }
    }
}
