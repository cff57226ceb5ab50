package io.oarlog.server.group;

import org.apache.kafka.common.TopicPartition;

/** What becomes of the loads of partitions: exactly one of both for each. Called on any thread; must not block. */
interface LoadEvents {
    /** Whether the load is to go on; asked now and then. */
    boolean isWanted(TopicPartition partition);

    /** The coordinator serves the partition's groups. */
    void onActive(TopicPartition partition);

    /** The load ended without a result; the coordinator was not told and still believes to load. */
    void onAbandoned(TopicPartition partition);

    /** The coordinator's state is no longer what the log says: it has to be loaded again. */
    void onBroken(TopicPartition partition, int leaderEpoch);
}
