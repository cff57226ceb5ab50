package io.oarlog.log;

import java.util.List;

/**
 * How long a log keeps its records: by age and by size, whichever comes first. A pure function of segments and time, with
 * the rules of Kafka's {@code retention.ms} and {@code retention.bytes}: only whole segments go. Immutable.
 *
 * @param retentionMillis a segment goes when its youngest record is older; {@value #UNLIMITED}: never. Segments without
 *     timestamps do not age
 * @param retentionBytes the oldest segments go while the others alone hold at least this much; {@value #UNLIMITED}: never
 */
public record RetentionPolicy(long retentionMillis, long retentionBytes) {
    public static final long UNLIMITED = -1;

    public RetentionPolicy {
        if (retentionMillis < UNLIMITED || retentionBytes < UNLIMITED) {
            throw new IllegalArgumentException("retention must be " + UNLIMITED + " or more, found " + retentionMillis
                    + " ms and " + retentionBytes + " bytes");
        }
    }

    /**
     * Where the log may start.
     *
     * @param segments of the log, in order
     * @param startOffset where it starts now
     * @param endOffset only what lies below may go: the high watermark
     * @return at or above {@code startOffset}, and where a segment begins if above
     */
    public long startOffset(List<SegmentSummary> segments, long startOffset, long endOffset, long nowMillis) {
        long total = segments.stream().mapToLong(SegmentSummary::sizeInBytes).sum();
        long lastBaseOffset = segments.isEmpty()
                ? startOffset
                : segments.get(segments.size() - 1).baseOffset();
        long start = startOffset;
        for (SegmentSummary segment : segments) {
            if (segment.endOffset() > endOffset || segment.sizeInBytes() == 0) {
                break;
            }
            total -= segment.sizeInBytes();
            boolean isLast = segment.baseOffset() == lastBaseOffset;
            // By size the last one stays, as it does in Kafka: a log that is written to is never empty.
            boolean isTooMuch = retentionBytes != UNLIMITED && total >= retentionBytes && !isLast;
            if (!isTooMuch && !isTooOld(segment, nowMillis)) {
                break;
            }
            start = Math.max(start, segment.endOffset());
        }
        return start;
    }

    private boolean isTooOld(SegmentSummary segment, long nowMillis) {
        return retentionMillis != UNLIMITED
                && segment.maxTimestamp() >= 0
                && nowMillis - segment.maxTimestamp() > retentionMillis;
    }
}
