package io.oarlog.log;

import io.oarlog.chaos.mutant.Probe;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** What becomes of a batch with a flipped bit. */
public final class CrcProbe implements Probe {
    @Override
    public String observe(Path directory) {
        ByteBuffer batch = Batches.at(0, 1, 1);
        int last = batch.limit() - 1;
        batch.put(last, (byte) (batch.get(last) ^ 1));
        try {
            return "taken: " + RecordBatches.validate(batch, 1 << 20).size();
        } catch (InvalidBatchException e) {
            return "refused: " + e.reason();
        }
    }
}
