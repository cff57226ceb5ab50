package io.oarlog.chaos.checker;

import java.time.Duration;
import java.util.List;

/** The checkers that there are, by the kind of history that they are for. */
public final class Checkers {
    private static final long MAX_CONFIGURATIONS = 2_000_000;

    private Checkers() {}

    /** For sends and polls. What is acknowledged must be polled before the history ends. */
    public static List<Checker> ofLog() {
        return List.of(
                new LostChecker(),
                new UnseenChecker(),
                new DuplicateChecker(),
                new InconsistentOffsetChecker(),
                new ReorderedChecker(),
                new RealtimeOrderChecker(),
                new PollSkipChecker(),
                new NonmonotonicPollChecker(),
                new AbortedReadChecker(),
                new VanishedChecker());
    }

    /** For commits of groups, and what others are told of them. */
    public static List<Checker> ofCommits() {
        return List.of(new CommitBackChecker(), new CommitInventedChecker());
    }

    /** For reads, writes and compare-and-set. */
    public static List<Checker> ofRegisters() {
        return List.of(new LinearizableChecker(MAX_CONFIGURATIONS));
    }

    /**
     * For sends under faults.
     *
     * @param within how long a key may take no send, though no fault is open or one of a minority
     * @param pause clients that let longer pass between two sends to a key have stopped trying
     */
    public static Checker liveness(Duration within, Duration pause) {
        return new LivenessChecker(within, pause);
    }

    /**
     * For subscribers under faults.
     *
     * @param settle how long after the last fault nothing is asked of them
     * @param within how long an acknowledged record may wait for one of them after that
     */
    public static Checker ownerless(Duration settle, Duration within) {
        return new OwnerlessChecker(settle, within);
    }
}
