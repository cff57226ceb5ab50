package io.oarlog.log;

import java.nio.file.Path;

/**
 * Something about a log's files that is not as after a clean stop. Immutable.
 *
 * @param position of the first byte of what is meant: a batch, an index or Raft entry, a field; or where something is missing
 * @param offset of the records it is about, or {@link #NO_OFFSET}
 * @param what expected and found, and what the next start does about it, in one line
 */
public record LogFinding(Kind kind, Path file, long position, long offset, String what) {
    /** Not about any record. */
    public static final long NO_OFFSET = -1;

    /** How bad it is. */
    public enum Kind {
        /** Not what was written: the next start refuses it, or two places contradict each other. */
        DAMAGE,
        /** Was never acknowledged: the next start cuts it off. */
        TAIL,
        /** Left by a crash, harmless: the next start puts it right. */
        NOTE
    }

    /** The exact place, and what is there. */
    @Override
    public String toString() {
        return file + ": position " + position + (offset == NO_OFFSET ? "" : ", offset " + offset) + ": " + what;
    }
}
