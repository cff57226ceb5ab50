package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeStat;
import org.apache.zookeeper.data.Stat;

/** The numbers of a znode as clients read them. */
final class Stats {
    private Stats() {}

    static Stat of(ZnodeStat stat) {
        // Clients are not shown that a znode is a container.
        long owner = stat.ephemeralOwner() == Znode.CONTAINER_OWNER ? 0 : stat.ephemeralOwner();
        return new Stat(
                stat.czxid(),
                stat.mzxid(),
                stat.ctimeMillis(),
                stat.mtimeMillis(),
                stat.version(),
                stat.cversion(),
                stat.aversion(),
                owner,
                stat.dataLength(),
                stat.numChildren(),
                stat.pzxid());
    }
}
