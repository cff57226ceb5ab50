package io.oarlog.chaos;

import io.oarlog.chaos.checker.Checker;
import io.oarlog.chaos.checker.Checkers;
import io.oarlog.chaos.checker.Judge;
import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.history.EdnReader;
import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The histories of a run, each with its checkers. */
final class Histories {
    /** How long a key may go without an acknowledged send when nothing, or a minority, is broken. */
    private static final Duration LIVE_WITHIN = Duration.ofSeconds(20);
    /** Clients that let longer pass between two sends to a key have stopped. */
    private static final Duration PAUSE = Duration.ofSeconds(10);
    /** After the last fault: sessions of dead members end, and partitions are handed out. */
    private static final Duration SETTLE = Duration.ofSeconds(12);
    /** How long a record may wait for a member of the group after that. */
    private static final Duration OWNED_WITHIN = Duration.ofSeconds(20);

    /** So long after the last fault clients go on, or nothing of what they do can be judged then. */
    static final Duration CALM = SETTLE.plus(OWNED_WITHIN).plusSeconds(5);

    private Histories() {}

    /** Verdicts over all of them; one history is in memory at a time. */
    static List<Verdict> judge(Path directory) throws IOException {
        Checker liveness = Checkers.liveness(LIVE_WITHIN, PAUSE);
        List<Verdict> verdicts = new ArrayList<>();
        verdicts.addAll(judge(directory, WorkloadSpec.ASSIGNED_HISTORY, with(Checkers.ofLog(), liveness)));
        for (String group : List.of(WorkloadSpec.GROUP_HISTORY, WorkloadSpec.CLASSIC_HISTORY)) {
            verdicts.addAll(judge(
                    directory, group, with(Checkers.ofLog(), liveness, Checkers.ownerless(SETTLE, OWNED_WITHIN))));
        }
        verdicts.addAll(judge(directory, WorkloadSpec.COMMIT_HISTORY, Checkers.ofCommits()));
        verdicts.addAll(judge(directory, WorkloadSpec.REGISTER_HISTORY, Checkers.ofRegisters()));
        return verdicts;
    }

    private static List<Checker> with(List<Checker> checkers, Checker... more) {
        List<Checker> all = new ArrayList<>(checkers);
        all.addAll(List.of(more));
        return all;
    }

    private static List<Verdict> judge(Path directory, String history, List<Checker> checkers) throws IOException {
        String name = history.replace("history-", "").replace(".edn", "");
        return new Judge(checkers)
                .judge(EdnReader.read(directory.resolve(history))).verdicts().stream()
                        .map(verdict -> verdict.named(name + "/" + verdict.checker()))
                        .toList();
    }
}
