package io.oarlog.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What an inspection of {@link TestLog}'s directory shows. */
record InspectedLog(
        long firstStoredOffset,
        LogInspection.Summary summary,
        List<InspectedBatch> batches,
        List<LogFinding> findings) {
    static InspectedLog verify(Disk disk, int indexIntervalBytes, OptionalLong acknowledgedEnd) {
        List<InspectedBatch> batches = new ArrayList<>();
        List<LogFinding> findings = new ArrayList<>();
        try {
            LogInspection inspection = LogInspection.of(disk, TestLog.DIRECTORY, indexIntervalBytes);
            LogInspection.Summary summary = inspection.verify(acknowledgedEnd, new LogInspection.Visitor() {
                @Override
                public void onBatch(InspectedBatch batch) {
                    batches.add(batch);
                }

                @Override
                public void onFinding(LogFinding finding) {
                    findings.add(finding);
                }
            });
            return new InspectedLog(inspection.firstStoredOffset(), summary, batches, findings);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    List<BatchHeader> headers() {
        return batches.stream().map(InspectedBatch::header).toList();
    }

    List<LogFinding> damage() {
        return of(LogFinding.Kind.DAMAGE);
    }

    List<LogFinding> of(LogFinding.Kind kind) {
        return findings.stream().filter(finding -> finding.kind() == kind).toList();
    }
}
