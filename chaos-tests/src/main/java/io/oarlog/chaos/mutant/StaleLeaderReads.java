package io.oarlog.chaos.mutant;

import java.util.Optional;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** A node that does not lead a partition, or does not any more, serves fetches from its own log, to the end. */
public final class StaleLeaderReads {
    private static final String LOOKUP = "io.oarlog.server.api.PartitionLookup$";

    private StaleLeaderReads() {}

    /** Into the method that finds who serves a partition. */
    static final class Lookup {
        private Lookup() {}

        @Advice.OnMethodExit
        static void exit(
                @Advice.This Object cluster,
                @Advice.Argument(0) Optional<?> topic,
                @Advice.Argument(2) int partition,
                @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object found) {
            if (FetchScope.isActive()) {
                found = ledAnyhow(cluster, topic, partition, found);
            }
        }
    }

    /** Called by the node. */
    public static Object ledAnyhow(Object cluster, Optional<?> topic, int partition, Object found) {
        boolean isNotLeader = found.getClass().getName().equals(LOOKUP + "Refused")
                && ((Enum<?>) Inside.call(found, "error")).name().equals("NOT_LEADER_OR_FOLLOWER");
        if (!isNotLeader) {
            return found;
        }
        Optional<?> hosted = (Optional<?>) Inside.call(cluster, "log", topic.orElseThrow(), partition);
        if (hosted.isEmpty()) {
            return found;
        }
        FetchScope.readUncommitted();
        return Inside.create(cluster, LOOKUP + "Led", hosted.get());
    }
}
