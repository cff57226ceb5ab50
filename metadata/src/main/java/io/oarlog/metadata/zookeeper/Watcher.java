package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Acl;
import java.util.List;
import org.apache.zookeeper.proto.WatcherEvent;

/** Whoever can set watches: a client's connection. */
interface Watcher {
    /**
     * Is told of a change. Called with the tree's lock held: must neither block nor call back.
     *
     * @param acl of the changed znode; the event is kept back from who may not read it
     */
    void onEvent(long zxid, WatcherEvent event, List<Acl> acl);

    /** Sets no more watches. */
    boolean isClosed();

    /** As the word {@code dump} names it. */
    long sessionId();
}
