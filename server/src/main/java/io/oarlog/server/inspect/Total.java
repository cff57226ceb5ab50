package io.oarlog.server.inspect;

import io.oarlog.log.LogInspection;

/**
 * What a check went through. Immutable.
 *
 * @param damages places that are damaged
 */
record Total(long partitions, long segments, long batches, long records, long bytes, long damages) {
    static final Total NOTHING = new Total(0, 0, 0, 0, 0, 0);

    Total plus(LogInspection.Summary partition) {
        return new Total(
                partitions + 1,
                segments + partition.segments(),
                batches + partition.batches(),
                records + partition.records(),
                bytes + partition.bytes(),
                damages);
    }

    Total withDamages(long newDamages) {
        return new Total(partitions, segments, batches, records, bytes, newDamages);
    }
}
