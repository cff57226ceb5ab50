package io.oarlog.log;

/**
 * How far the compactions of a log have come. Immutable.
 *
 * @param compactedEndOffset below it no record is superseded by another one below it, exclusive; 0 when that is not known
 * @param rewrittenEndOffset from here on all bytes are as they were appended; segments below may have been replaced, by a
 *     compaction that came to its end or by one that did not
 */
record CompactionProgress(long compactedEndOffset, long rewrittenEndOffset) {
    static final CompactionProgress NONE = new CompactionProgress(0, 0);

    CompactionProgress withCompactedEndOffset(long newCompactedEndOffset) {
        return new CompactionProgress(newCompactedEndOffset, rewrittenEndOffset);
    }

    /** Segments up to an offset were replaced. */
    CompactionProgress withRewrittenTo(long endOffset) {
        return new CompactionProgress(compactedEndOffset, Math.max(rewrittenEndOffset, endOffset));
    }

    /** What is left of it when the log ends at an offset. */
    CompactionProgress truncatedTo(long endOffset) {
        return new CompactionProgress(Math.min(compactedEndOffset, endOffset), Math.min(rewrittenEndOffset, endOffset));
    }
}
