package io.oarlog.metadata.tree;

/**
 * Where a command comes from: one of the streams of commands that a node began. Immutable.
 *
 * @param nodeId of the node whose stream it is
 * @param incarnation drawn at random when the stream began, not 0; another one follows when the fate of an entry is unknown
 */
public record Origin(int nodeId, long incarnation) {
    public Origin {
        if (incarnation == 0) {
            throw new IllegalArgumentException("incarnation 0 of node " + nodeId);
        }
    }
}
