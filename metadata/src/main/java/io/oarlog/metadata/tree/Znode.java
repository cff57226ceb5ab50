package io.oarlog.metadata.tree;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One znode and, below it, its subtree. Immutable. It does not know its own path: its parent does. */
public final class Znode {
    /** Stands for the owner of a container, as ZooKeeper has it. */
    public static final long CONTAINER_OWNER = Long.MIN_VALUE;

    private final ZnodeData data;
    private final List<Acl> acl;
    private final PersistentSortedMap<String, Znode> children;
    private final long czxid;
    private final long mzxid;
    private final long pzxid;
    private final long ctimeMillis;
    private final long mtimeMillis;
    private final long ephemeralOwner;
    private final int version;
    private final int aversion;
    /** Children ever created: the next sequential name's number. */
    private final int childrenCreated;
    /** Children that are there and not among those: brokers make them for every cluster, clients are not to notice. */
    private final int uncounted;
    /** Znodes below, at any depth. */
    private final int descendants;
    /** Of their data and of their paths from here on. */
    private final long descendantBytes;

    Znode(
            ZnodeData data,
            List<Acl> acl,
            ZnodeStat stat,
            int childrenCreated,
            int uncounted,
            PersistentSortedMap<String, Znode> children) {
        this.data = data;
        this.acl = acl;
        this.children = children;
        this.czxid = stat.czxid();
        this.mzxid = stat.mzxid();
        this.pzxid = stat.pzxid();
        this.ctimeMillis = stat.ctimeMillis();
        this.mtimeMillis = stat.mtimeMillis();
        this.ephemeralOwner = stat.ephemeralOwner();
        this.version = stat.version();
        this.aversion = stat.aversion();
        this.childrenCreated = childrenCreated;
        this.uncounted = uncounted;
        int below = 0;
        long bytesBelow = 0;
        for (Iterator<Map.Entry<String, Znode>> each = children.iterator(); each.hasNext(); ) {
            Map.Entry<String, Znode> child = each.next();
            below += child.getValue().count();
            bytesBelow += child.getValue().bytesAs(child.getKey());
        }
        this.descendants = below;
        this.descendantBytes = bytesBelow;
    }

    /** @param owner session of an ephemeral one, {@link #CONTAINER_OWNER} of a container, else 0 */
    static Znode created(ZnodeData data, List<Acl> acl, long zxid, long timeMillis, long owner) {
        ZnodeStat stat = new ZnodeStat(zxid, zxid, zxid, timeMillis, timeMillis, 0, 0, 0, owner, data.size(), 0);
        return new Znode(data, acl, stat, 0, 0, PersistentSortedMap.empty());
    }

    public ZnodeData data() {
        return data;
    }

    /** Who may do what with it; not empty. */
    public List<Acl> acl() {
        return acl;
    }

    /** Number of changes of the data. */
    public int version() {
        return version;
    }

    /** zxid of its creation: tells it from an earlier or later znode of the same path. */
    public long czxid() {
        return czxid;
    }

    /** Session that it lives as long as; {@link #CONTAINER_OWNER} when it is a container; else 0. */
    public long ephemeralOwner() {
        return ephemeralOwner;
    }

    public boolean isContainer() {
        return ephemeralOwner == CONTAINER_OWNER;
    }

    /** It is a container that had children and has none any more. */
    public boolean isLeftOverContainer() {
        return isContainer() && childrenCreated > 0 && !hasChildren();
    }

    /** Names of the children, sorted. */
    public List<String> childNames() {
        return children.keys();
    }

    public boolean hasChildren() {
        return children.size() > 0;
    }

    /** Number of children. */
    public int childCount() {
        return children.size();
    }

    /** Number of znodes below it, at any depth. */
    public int descendantCount() {
        return descendants;
    }

    /** Bytes of the data of those, and of their paths from here on, a byte a character. */
    long descendantBytes() {
        return descendantBytes;
    }

    private int count() {
        return 1 + descendants;
    }

    /** What it and those below it add to the bytes of a parent that knows it by a name. */
    private long bytesAs(String name) {
        return data.size() + descendantBytes + (1L + name.length()) * count();
    }

    /** Visits the children in the order of their names. */
    public void forEachChild(BiConsumer<String, Znode> visitor) {
        children.forEach(visitor);
    }

    Iterator<Map.Entry<String, Znode>> childIterator() {
        return children.iterator();
    }

    public ZnodeStat stat() {
        // Every change of the list of children is a creation or a deletion, and creations - deletions = children.
        int cversion = 2 * childrenCreated - (children.size() - uncounted);
        return new ZnodeStat(
                czxid,
                mzxid,
                pzxid,
                ctimeMillis,
                mtimeMillis,
                version,
                cversion,
                aversion,
                ephemeralOwner,
                data.size(),
                children.size());
    }

    int aversion() {
        return aversion;
    }

    boolean isEphemeral() {
        return ephemeralOwner != 0 && !isContainer();
    }

    int childrenCreated() {
        return childrenCreated;
    }

    @Nullable
    Znode child(String name) {
        return children.get(name);
    }

    Znode withData(ZnodeData newData, long zxid, long timeMillis, int newVersion) {
        return new Znode(this, newData, acl, zxid, timeMillis, newVersion, aversion);
    }

    Znode withAcl(List<Acl> newAcl, int newAversion) {
        return new Znode(this, data, newAcl, mzxid, mtimeMillis, version, newAversion);
    }

    private Znode(Znode old, ZnodeData data, List<Acl> acl, long mzxid, long mtimeMillis, int version, int aversion) {
        this.data = data;
        this.acl = acl;
        this.children = old.children;
        this.czxid = old.czxid;
        this.mzxid = mzxid;
        this.pzxid = old.pzxid;
        this.ctimeMillis = old.ctimeMillis;
        this.mtimeMillis = mtimeMillis;
        this.ephemeralOwner = old.ephemeralOwner;
        this.version = version;
        this.aversion = aversion;
        this.childrenCreated = old.childrenCreated;
        this.uncounted = old.uncounted;
        this.descendants = old.descendants;
        this.descendantBytes = old.descendantBytes;
    }

    /** As ZooKeeper keeps the counts of a quota: nothing but the data tells of it. */
    Znode withCounts(ZnodeData counts) {
        return new Znode(this, counts, acl, mzxid, mtimeMillis, version, aversion);
    }

    Znode withNewChild(String name, Znode child, long zxid) {
        return with(name, child, zxid, childrenCreated + 1, uncounted);
    }

    /** The child is in the list, and no other number tells of it. */
    Znode withUncountedChild(String name, Znode child) {
        return with(name, child, pzxid, childrenCreated, uncounted + 1);
    }

    Znode withoutChild(String name, long zxid) {
        return without(name, zxid, uncounted);
    }

    /** Undoes {@link #withUncountedChild}. */
    Znode withoutUncountedChild(String name) {
        return without(name, pzxid, uncounted - 1);
    }

    private Znode without(String name, long newPzxid, int newUncounted) {
        Znode old = child(name);
        return new Znode(
                this,
                children.remove(name),
                newPzxid,
                childrenCreated,
                newUncounted,
                descendants - countOf(old),
                descendantBytes - bytesOf(old, name));
    }

    /** A child is another value than before; the list of children is not changed by that. */
    Znode withChild(String name, Znode child) {
        return with(name, child, pzxid, childrenCreated, uncounted);
    }

    private Znode with(String name, Znode child, long newPzxid, int newChildrenCreated, int newUncounted) {
        Znode old = child(name);
        return new Znode(
                this,
                children.put(name, child),
                newPzxid,
                newChildrenCreated,
                newUncounted,
                descendants - countOf(old) + child.count(),
                descendantBytes - bytesOf(old, name) + child.bytesAs(name));
    }

    private static int countOf(@Nullable Znode child) {
        return child == null ? 0 : child.count();
    }

    private static long bytesOf(@Nullable Znode child, String name) {
        return child == null ? 0 : child.bytesAs(name);
    }

    private Znode(
            Znode old,
            PersistentSortedMap<String, Znode> children,
            long pzxid,
            int childrenCreated,
            int uncounted,
            int descendants,
            long descendantBytes) {
        this.data = old.data;
        this.acl = old.acl;
        this.children = children;
        this.czxid = old.czxid;
        this.mzxid = old.mzxid;
        this.pzxid = pzxid;
        this.ctimeMillis = old.ctimeMillis;
        this.mtimeMillis = old.mtimeMillis;
        this.ephemeralOwner = old.ephemeralOwner;
        this.version = old.version;
        this.aversion = old.aversion;
        this.childrenCreated = childrenCreated;
        this.uncounted = uncounted;
        this.descendants = descendants;
        this.descendantBytes = descendantBytes;
    }
}
