package io.oarlog.log;

/**
 * What is known from elsewhere to have been durable in a log. Immutable.
 *
 * @param startOffset first offset, inclusive, that has to be there, unless the log's own checkpoint says that it starts above
 * @param endOffset exclusive; damage below is no torn tail
 */
public record RequiredOffsets(long startOffset, long endOffset) {
    /** Nothing is known: a log without a checkpoint starts with its first segment, and ends before what is not whole. */
    public static final RequiredOffsets NONE = new RequiredOffsets(Long.MAX_VALUE, 0);

    /** Nothing but the end. */
    public static RequiredOffsets upTo(long endOffset) {
        return new RequiredOffsets(Long.MAX_VALUE, endOffset);
    }
}
