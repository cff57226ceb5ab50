package io.oarlog.log;

import io.oarlog.chaos.mutant.Probe;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which epochs' records a log has after a truncation and appends of another leader. */
public final class TruncationProbe implements Probe {
    @Override
    public String observe(Path directory) {
        return "same offsets: " + sameOffsets(directory.resolve("same")) + ", others: "
                + otherOffsets(directory.resolve("others"));
    }

    private static List<Integer> sameOffsets(Path directory) {
        try (SegmentedLog log = withThreeOfEpoch1(directory)) {
            log.truncateTo(1);
            Batches.append(log, Batches.at(1, 2, 2));
            log.flush();
            Batches.append(log, Batches.at(2, 2, 2));
            Batches.append(log, Batches.at(3, 2, 2));
            log.flush();
            return epochs(log);
        }
    }

    /** Where the new batch does not end with an old one. */
    private static List<Integer> otherOffsets(Path directory) {
        try (SegmentedLog log = withThreeOfEpoch1(directory)) {
            log.truncateTo(2);
            Batches.append(log, TestBatches.at(2).records(5).leaderEpoch(2).build());
            return epochs(log);
        }
    }

    private static SegmentedLog withThreeOfEpoch1(Path directory) {
        SegmentedLog log = SegmentedLog.open(Disk.system(), directory, LogSettings.defaults());
        for (int offset = 0; offset < 3; offset++) {
            Batches.append(log, Batches.at(offset, 1, 1));
        }
        log.flush();
        return log;
    }

    private static List<Integer> epochs(SegmentedLog log) {
        ByteBuffer all = log.read(0, 1 << 20, log.endOffset());
        List<Integer> epochs = new ArrayList<>();
        RecordBatches.validate(all, 1 << 20).forEach(header -> epochs.add(header.leaderEpoch()));
        return epochs;
    }
}
