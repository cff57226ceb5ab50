package io.oarlog.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Entries that Ratis wrote twice to the file it appended to. When it closes its log it waits 3 s for the thread that writes, then
 * closes the file beside it, and both write what the buffer holds: the next start of the group would fail.
 */
final class RepeatedEntries {
    private static final Logger LOG = LoggerFactory.getLogger(RepeatedEntries.class);

    private RepeatedEntries() {}

    /**
     * Cuts them off the open file of a group's log, before Ratis reads it: the last entries once more, byte by byte, and nothing
     * behind them.
     *
     * @throws IOException when the file cannot be read or cut
     */
    static void cut(Path groupDirectory) throws IOException {
        List<RaftLogFile> files = RaftLogFile.list(groupDirectory);
        if (files.isEmpty() || !files.get(files.size() - 1).isOpen()) {
            return;
        }
        RaftLogFile file = files.get(files.size() - 1);
        List<Long> positions = new ArrayList<>();
        RaftLogFile.Ending ending =
                file.read(RaftLogReading.MAX_ENTRY_BYTES, (entry, position) -> positions.add(position));
        if (ending.failure().isEmpty()) {
            return;
        }
        byte[] bytes = Files.readAllBytes(file.path());
        int end = Math.toIntExact(ending.position());
        boolean isRepeated = positions.stream().anyMatch(from -> isRepeated(bytes, Math.toIntExact(from), end));
        // All else is damage, or torn: whoever reads the file next finds it.
        if (isRepeated) {
            LOG.atWarn()
                    .addKeyValue("file", file.path())
                    .addKeyValue("position", end)
                    .log("cut entries off the Raft log that were written twice");
            RaftLogScan.truncate(file.path(), end);
        }
    }

    /** Whether what lies from {@code from} to {@code to} follows once more, and then zeros only. */
    private static boolean isRepeated(byte[] bytes, int from, int to) {
        int behind = to + (to - from);
        if (behind > bytes.length || !Arrays.equals(bytes, from, to, bytes, to, behind)) {
            return false;
        }
        for (int i = behind; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
