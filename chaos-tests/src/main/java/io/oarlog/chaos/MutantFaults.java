package io.oarlog.chaos;

import io.oarlog.chaos.mutant.Mutant;
import io.oarlog.chaos.nemesis.FaultKind;
import java.util.List;

/** Which faults are likely to show each mutant. */
final class MutantFaults {
    /** Operations a second: more than in other runs, so that some are under way whenever a fault comes. */
    static final double RATE = 400;

    private MutantFaults() {}

    static List<FaultKind> of(Mutant mutant) {
        return switch (mutant) {
            case NO_FSYNC -> List.of(FaultKind.POWER_ALL);
            case ACK_BEFORE_MAJORITY, COMMIT_ALONE, STALE_LEADER_READS, HIGH_WATERMARK_TOO_FAR, NO_TRUNCATE ->
                List.of(FaultKind.ISOLATE, FaultKind.HALVES, FaultKind.ONE_WAY);
            case CRC_SKIPPED -> List.of(FaultKind.BIT_FLIP);
            case PRODUCERS_FORGOTTEN, NO_DEDUP, RETRY_OFFSET ->
                List.of(FaultKind.MUTE, FaultKind.ISOLATE, FaultKind.PAUSE, FaultKind.KILL);
            case COMMIT_FORGOTTEN -> List.of(FaultKind.KILL, FaultKind.KILL_ALL);
            case STALE_REGISTERS -> List.of(FaultKind.ISOLATE, FaultKind.PAUSE, FaultKind.ONE_WAY);
            case CAS_NOT_ATOMIC -> List.of(FaultKind.PAUSE);
            case FETCH_SKIPS -> List.of(FaultKind.KILL, FaultKind.KILL_ALL, FaultKind.ISOLATE);
        };
    }
}
