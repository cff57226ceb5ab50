package io.oarlog.metadata.tree;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One znode and, below it, its subtree. Immutable. It does not know its own path: its parent does. */
public final class Znode {
    /** The root of an empty tree. */
    static final Znode ROOT = new Znode(ZnodeData.EMPTY, 0, 0, 0, 0, 0, 0, 0, 0, PersistentSortedMap.empty());

    private final ZnodeData data;
    private final long czxid;
    private final long mzxid;
    private final long pzxid;
    private final long ctimeMillis;
    private final long mtimeMillis;
    private final int version;
    /** Children ever created: the next sequential name's number. */
    private final int childrenCreated;

    private final long ephemeralOwner;
    private final PersistentSortedMap<String, Znode> children;

    private Znode(
            ZnodeData data,
            long czxid,
            long mzxid,
            long pzxid,
            long ctimeMillis,
            long mtimeMillis,
            int version,
            int childrenCreated,
            long ephemeralOwner,
            PersistentSortedMap<String, Znode> children) {
        this.data = data;
        this.czxid = czxid;
        this.mzxid = mzxid;
        this.pzxid = pzxid;
        this.ctimeMillis = ctimeMillis;
        this.mtimeMillis = mtimeMillis;
        this.version = version;
        this.childrenCreated = childrenCreated;
        this.ephemeralOwner = ephemeralOwner;
        this.children = children;
    }

    /** @param ephemeralOwner 0 when persistent */
    static Znode created(ZnodeData data, long zxid, long timeMillis, long ephemeralOwner) {
        return new Znode(
                data, zxid, zxid, zxid, timeMillis, timeMillis, 0, 0, ephemeralOwner, PersistentSortedMap.empty());
    }

    public ZnodeData data() {
        return data;
    }

    /** Number of changes of the data. */
    public int version() {
        return version;
    }

    /** zxid of its creation: tells it from an earlier or later znode of the same path. */
    public long czxid() {
        return czxid;
    }

    /** Session that it lives as long as; 0 when it is persistent. */
    public long ephemeralOwner() {
        return ephemeralOwner;
    }

    /** Names of the children, sorted. */
    public List<String> childNames() {
        return children.keys();
    }

    public boolean hasChildren() {
        return children.size() > 0;
    }

    public ZnodeStat stat() {
        // Every change of the list of children is a creation or a deletion, and creations - deletions = children.
        int cversion = 2 * childrenCreated - children.size();
        return new ZnodeStat(
                czxid,
                mzxid,
                pzxid,
                ctimeMillis,
                mtimeMillis,
                version,
                cversion,
                ephemeralOwner,
                data.size(),
                children.size());
    }

    boolean isEphemeral() {
        return ephemeralOwner != 0;
    }

    int childrenCreated() {
        return childrenCreated;
    }

    @Nullable
    Znode child(String name) {
        return children.get(name);
    }

    Znode withData(ZnodeData newData, long zxid, long timeMillis) {
        return new Znode(
                newData,
                czxid,
                zxid,
                pzxid,
                ctimeMillis,
                timeMillis,
                version + 1,
                childrenCreated,
                ephemeralOwner,
                children);
    }

    Znode withNewChild(String name, Znode child, long zxid) {
        return withChildren(children.put(name, child), zxid, childrenCreated + 1);
    }

    Znode withoutChild(String name, long zxid) {
        return withChildren(children.remove(name), zxid, childrenCreated);
    }

    /** A child is another value than before; the list of children is not changed by that. */
    Znode withChild(String name, Znode child) {
        return withChildren(children.put(name, child), pzxid, childrenCreated);
    }

    private Znode withChildren(PersistentSortedMap<String, Znode> newChildren, long newPzxid, int created) {
        return new Znode(
                data, czxid, mzxid, newPzxid, ctimeMillis, mtimeMillis, version, created, ephemeralOwner, newChildren);
    }
}
