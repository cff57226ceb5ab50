package io.oarlog.metadata.tree;

import java.util.function.BiConsumer;

/**
 * How far the streams of commands of all nodes are applied. Immutable. It lets an entry be applied only if it is the next one
 * of its node, so that nothing is applied twice or out of order, however often and late it is sent.
 *
 * <pre>
 * sequence n &gt; 0 is next when n - 1 of the same incarnation was the last
 * sequence 0 is next when the node's incarnation is the one that it says it replaces
 * </pre>
 *
 * <p>An incarnation is never used again, so one that was replaced, or never came to replace anything, is over for good.
 */
public final class OriginTable {
    static final OriginTable EMPTY = new OriginTable(PersistentSortedMap.empty());

    private final PersistentSortedMap<Integer, Position> positions;

    record Position(long incarnation, long lastSequence) {}

    private OriginTable(PersistentSortedMap<Integer, Position> positions) {
        this.positions = positions;
    }

    /** Of a group that has applied nothing. */
    public static OriginTable empty() {
        return EMPTY;
    }

    /** The node's incarnation of which an entry was applied last; 0 when none was. */
    public long incarnation(int nodeId) {
        Position position = positions.get(nodeId);
        return position == null ? 0 : position.incarnation();
    }

    /** Whether the entry comes next in its node's stream: only then it may be applied. */
    public boolean isNext(CommandEntry entry) {
        Origin origin = entry.origin();
        if (entry.sequence() == 0) {
            return entry.replaces() == incarnation(origin.nodeId()) && origin.incarnation() != entry.replaces();
        }
        Position position = positions.get(origin.nodeId());
        return position != null
                && position.incarnation() == origin.incarnation()
                && position.lastSequence() == entry.sequence() - 1;
    }

    /** The table after the entry, which must be the next one. */
    public OriginTable after(CommandEntry entry) {
        if (!isNext(entry)) {
            throw new IllegalArgumentException("sequence " + entry.sequence() + " of " + entry.origin());
        }
        return with(entry.origin().nodeId(), new Position(entry.origin().incarnation(), entry.sequence()));
    }

    OriginTable with(int nodeId, Position position) {
        return new OriginTable(positions.put(nodeId, position));
    }

    int size() {
        return positions.size();
    }

    void forEach(BiConsumer<Integer, Position> visitor) {
        positions.forEach(visitor);
    }
}
