package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeStat;
import org.apache.zookeeper.data.Stat;

/** The numbers of a znode as clients read them. */
final class Stats {
    private Stats() {}

    static Stat of(ZnodeStat stat) {
        return new Stat(
                stat.czxid(),
                stat.mzxid(),
                stat.ctimeMillis(),
                stat.mtimeMillis(),
                stat.version(),
                stat.cversion(),
                stat.aversion(),
                stat.ephemeralOwner(),
                stat.dataLength(),
                stat.numChildren(),
                stat.pzxid());
    }
}
