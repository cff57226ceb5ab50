package io.oarlog.raft;

import io.oarlog.log.InspectedBatch;
import io.oarlog.log.LogFinding;
import io.oarlog.log.LogInspection;
import java.util.ArrayList;
import java.util.List;

/** Keeps what an inspection tells. Confined to its caller. */
final class Findings implements LogInspection.Visitor {
    private final List<InspectedBatch> batches = new ArrayList<>();
    private final List<LogFinding> findings = new ArrayList<>();

    @Override
    public void onBatch(InspectedBatch batch) {
        batches.add(batch);
    }

    @Override
    public void onFinding(LogFinding finding) {
        findings.add(finding);
    }

    List<InspectedBatch> batches() {
        return batches;
    }

    List<LogFinding> all() {
        return findings;
    }

    List<LogFinding> of(LogFinding.Kind kind) {
        return findings.stream().filter(finding -> finding.kind() == kind).toList();
    }
}
