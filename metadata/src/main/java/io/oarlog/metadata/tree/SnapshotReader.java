package io.oarlog.metadata.tree;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/** Reads one {@link TreeSnapshot}. No length is believed before it is checked. Confined to its caller. */
final class SnapshotReader {
    private static final int BUFFER_BYTES = 64 * 1024;
    /** A name in a command has 65,535 bytes at most, and ten more digits when it is sequential. */
    private static final int MAX_TEXT_BYTES = 66_000;

    private final DataInputStream in;
    private final AclPool pool;
    private final List<List<Acl>> acls = new ArrayList<>();
    private SessionTable sessions = SessionTable.EMPTY;

    /** A znode whose children are being read. */
    private static final class Open {
        final String name;
        final ZnodeData data;
        final List<Acl> acl;
        final ZnodeStat stat;
        final int childrenCreated;
        final List<String> names = new ArrayList<>();
        final List<Znode> children = new ArrayList<>();

        Open(String name, ZnodeData data, List<Acl> acl, ZnodeStat stat, int childrenCreated) {
            this.name = name;
            this.data = data;
            this.acl = acl;
            this.stat = stat;
            this.childrenCreated = childrenCreated;
        }

        boolean isComplete() {
            return children.size() == stat.numChildren();
        }

        /** @param isRoot some of the root's children are not counted, and are known by their names */
        Znode znode(boolean isRoot) {
            int uncounted = isRoot
                    ? (int) names.stream()
                            .filter(child -> GuardedPaths.isOfEveryCluster("/" + child))
                            .count()
                    : 0;
            return new Znode(
                    data, acl, stat, childrenCreated, uncounted, PersistentSortedMap.ofSorted(names, children));
        }
    }

    SnapshotReader(InputStream in, AclPool pool) {
        this.in = new DataInputStream(new BufferedInputStream(in, BUFFER_BYTES));
        this.pool = pool;
    }

    TreeSnapshot read() throws IOException {
        try {
            if (in.readInt() != TreeSnapshot.MAGIC) {
                throw new MalformedSnapshotException("not a snapshot of the tree");
            }
            int version = in.readUnsignedByte();
            if (version != TreeSnapshot.VERSION) {
                throw new MalformedSnapshotException(
                        "snapshot version " + version + ", expected " + TreeSnapshot.VERSION);
            }
            long zxid = in.readLong();
            OriginTable origins = readOrigins();
            readSessions();
            Znode root = readZnodes();
            if (in.readInt() != TreeSnapshot.END || in.read() >= 0) {
                throw new MalformedSnapshotException("the snapshot does not end where it should");
            }
            return new TreeSnapshot(new ZnodeTree(zxid, root, sessions), origins);
        } catch (EOFException e) {
            throw new MalformedSnapshotException("the snapshot is cut short", e);
        } catch (IllegalArgumentException e) {
            throw new MalformedSnapshotException("not a state of the tree: " + e.getMessage(), e);
        }
    }

    private int count(int count) throws IOException {
        if (count < 0) {
            throw new MalformedSnapshotException("count " + count);
        }
        return count;
    }

    private OriginTable readOrigins() throws IOException {
        OriginTable origins = OriginTable.EMPTY;
        int count = count(in.readInt());
        for (int i = 0; i < count; i++) {
            Origin origin = new Origin(in.readInt(), in.readLong());
            origins = origins.with(origin.nodeId(), new OriginTable.Position(origin.incarnation(), in.readLong()));
        }
        return origins;
    }

    private void readSessions() throws IOException {
        int count = count(in.readInt());
        for (int i = 0; i < count; i++) {
            long id = in.readLong();
            SessionPassword password = SessionPassword.copyOf(bytes(SessionPassword.SIZE));
            int timeoutMillis = in.readInt();
            Origin owner = new Origin(in.readInt(), in.readLong());
            sessions = sessions.with(
                    id, new SessionTable.Session(password, timeoutMillis, owner, PersistentSortedMap.empty()));
        }
    }

    /** Without recursion: a path may have more names than a thread's stack has room for. */
    private Znode readZnodes() throws IOException {
        Deque<Open> open = new ArrayDeque<>();
        if (!text().isEmpty()) {
            throw new MalformedSnapshotException("the root has a name");
        }
        open.push(readZnode("", open));
        while (true) {
            Open top = open.getFirst();
            if (!top.isComplete()) {
                String name = text();
                if (name.isEmpty() || name.indexOf('/') >= 0) {
                    throw new MalformedSnapshotException("name '" + name + "' below " + path(open));
                }
                open.push(readZnode(name, open));
                continue;
            }
            open.pop();
            if (open.isEmpty()) {
                return top.znode(true);
            }
            open.getFirst().names.add(top.name);
            open.getFirst().children.add(top.znode(false));
        }
    }

    /**
     * Of the innermost of the znodes that are being read. Made when it is asked for: the paths of all together may be far longer
     * than the snapshot.
     */
    private static String path(Deque<Open> open) {
        StringBuilder path = new StringBuilder();
        for (Iterator<Open> rootFirst = open.descendingIterator(); rootFirst.hasNext(); ) {
            String name = rootFirst.next().name;
            path.append(name.isEmpty() ? "" : "/").append(name);
        }
        return path.toString();
    }

    /** All but the name. */
    private Open readZnode(String name, Deque<Open> parents) throws IOException {
        List<Acl> acl = acl();
        ZnodeData data = data();
        long czxid = in.readLong();
        long mzxid = in.readLong();
        long pzxid = in.readLong();
        long ctime = in.readLong();
        long mtime = in.readLong();
        long owner = in.readLong();
        int version = in.readInt();
        int aversion = in.readInt();
        int childrenCreated = in.readInt();
        int children = count(in.readInt());
        ZnodeStat stat =
                new ZnodeStat(czxid, mzxid, pzxid, ctime, mtime, version, 0, aversion, owner, data.size(), children);
        if (owner != 0 && owner != Znode.CONTAINER_OWNER) {
            String path = path(parents) + "/" + name;
            if (!sessions.contains(owner) || children > 0) {
                throw new MalformedSnapshotException("ephemeral znode " + path + " of no session or with children");
            }
            sessions = sessions.withEphemeral(owner, path);
        }
        return new Open(name, data, acl, stat, childrenCreated);
    }

    private List<Acl> acl() throws IOException {
        int number = in.readInt();
        if (number < 0 || number > acls.size()) {
            throw new MalformedSnapshotException("access list " + number + " of " + acls.size());
        }
        if (number == acls.size()) {
            int count = count(in.readInt());
            List<Acl> acl = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                acl.add(new Acl(in.readInt(), new Identity(text(), text())));
            }
            acls.add(pool.shared(acl));
        }
        return acls.get(number);
    }

    private ZnodeData data() throws IOException {
        int length = in.readInt();
        if (length < -1 || length > ZnodeTree.MAX_DATA_BYTES) {
            throw new MalformedSnapshotException("data of " + length + " bytes");
        }
        return length == -1 ? ZnodeData.NULL : ZnodeData.owned(bytes(length));
    }

    private String text() throws IOException {
        int length = in.readInt();
        if (length < 0 || length > MAX_TEXT_BYTES) {
            throw new MalformedSnapshotException("text of " + length + " bytes");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes(length)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new MalformedSnapshotException("text is not UTF-8", e);
        }
    }

    private byte[] bytes(int length) throws IOException {
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }
}
