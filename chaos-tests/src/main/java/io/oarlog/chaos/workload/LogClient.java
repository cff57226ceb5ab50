package io.oarlog.chaos.workload;

import io.oarlog.chaos.history.MicroOp.Seen;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A producer and a consumer of one topic, whose partitions are the keys. Confined to one thread.
 *
 * <p>A call that fails with {@link NotAppliedException} had no effect; after any other exception nobody knows, and the client is
 * thrown away.
 */
interface LogClient extends Sender {
    /** Reads these from now on; those that were read already go on where they were. */
    void assign(Set<Integer> keys, boolean fromBeginning) throws Exception;

    /** Joins the group. */
    void subscribe() throws Exception;

    /** What has come, by key. */
    Map<Integer, List<Seen>> poll(long millis) throws Exception;

    /** Keys that came or went with a rebalance since the last call. */
    List<Integer> drainRebalanced();

    /** What was polled of the keys that it has and was not committed yet: the next offsets. */
    Map<Integer, Long> uncommitted();

    /** Commits them. */
    void commit(Map<Integer, Long> offsets) throws Exception;

    /** Ends as a process that was killed does, as far as the client can: its group waits for it until its session is over. */
    void kill();
}
