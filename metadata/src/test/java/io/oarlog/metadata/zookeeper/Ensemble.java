package io.oarlog.metadata.zookeeper;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three nodes that speak ZooKeeper's protocol, numbered from 1: ours, or Apache ZooKeeper's. Used by the test's thread. */
public interface Ensemble extends AutoCloseable {
    int NODES = 3;
    Duration LIMIT = Duration.ofSeconds(60);

    /** HOST:PORT at which clients reach the node; the same when it is started again. */
    String address(int node);

    /** Returns before the node serves. */
    void start(int node) throws IOException;

    /** As SIGKILL does: without a word to anybody. */
    void kill(int node) throws InterruptedException;

    @Override
    void close();

    default String connectString() {
        return IntStream.rangeClosed(1, NODES).mapToObj(this::address).collect(Collectors.joining(","));
    }

    /** Returns when the node answers clients. */
    default void awaitServing(int node) {
        await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> ServerStatus.of(address(node)).isServing());
    }

    default void awaitServing() {
        IntStream.rangeClosed(1, NODES).forEach(this::awaitServing);
    }

    /** The node that leads, once there is one. */
    default int awaitLeader() {
        return await().atMost(LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .until(this::leader, OptionalInt::isPresent)
                .getAsInt();
    }

    private OptionalInt leader() {
        return IntStream.rangeClosed(1, NODES)
                .filter(node -> ServerStatus.of(address(node)).isLeader())
                .findFirst();
    }
}
