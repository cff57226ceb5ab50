package io.oarlog.metadata.tree;

/**
 * What ZooKeeper's Stat says of a znode. Immutable.
 *
 * @param czxid zxid of its creation
 * @param mzxid zxid of the last change of its data
 * @param pzxid zxid of the last change of its list of children
 * @param ctimeMillis when it was created, ms since the epoch
 * @param mtimeMillis when its data was last changed, ms since the epoch
 * @param version number of changes of its data
 * @param cversion number of changes of its list of children
 * @param aversion number of changes of its access list
 * @param ephemeralOwner session that it lives as long as; {@link Znode#CONTAINER_OWNER} for a container; else 0
 * @param dataLength bytes of data
 */
public record ZnodeStat(
        long czxid,
        long mzxid,
        long pzxid,
        long ctimeMillis,
        long mtimeMillis,
        int version,
        int cversion,
        int aversion,
        long ephemeralOwner,
        int dataLength,
        int numChildren) {}
