package io.oarlog.metadata.tree;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A whole tree of znodes with its sessions, as it is after one command. Immutable: {@link #apply} leaves it as it is and
 * gives the next tree, which shares what did not change. So a reader that holds a tree sees one consistent state for as
 * long as it likes, a multi included, and takes no lock.
 *
 * <p>Two trees to which the same commands were applied are equal in all that can be read from them.
 */
public final class ZnodeTree {
    /** Largest data of one znode. */
    public static final int MAX_DATA_BYTES = 1024 * 1024;

    /** What ZooKeeper's clients read to learn of the nodes of an ensemble. */
    public static final String ENSEMBLE = "/zookeeper/config";

    /** Stands in the place of a version that is not counted. */
    static final int NO_VERSION = -1;

    /** Of every tree, as in ZooKeeper; clients look for them. */
    private static final List<String> BUILT_IN = List.of("/", "/zookeeper", ENSEMBLE, Quotas.ROOT);

    private static final ZnodeTree EMPTY = new ZnodeTree(0, emptyRoot(), SessionTable.EMPTY);

    private final long zxid;
    private final Znode root;
    private final SessionTable sessions;

    ZnodeTree(long zxid, Znode root, SessionTable sessions) {
        this.zxid = zxid;
        this.root = root;
        this.sessions = sessions;
    }

    /**
     * What a command led to.
     *
     * @param tree the tree after it
     * @param events its changes in order; empty when it failed
     */
    public record Applied(ZnodeTree tree, ZnodeResult result, List<ZnodeEvent> events) {
        public Applied {
            events = List.copyOf(events);
        }
    }

    /** A tree with nothing but what every tree has: the root and {@code /zookeeper}, {@code config} and {@code quota} below it. */
    public static ZnodeTree empty() {
        return EMPTY;
    }

    private static Znode emptyRoot() {
        Znode open = Znode.created(ZnodeData.EMPTY, Acl.OPEN, 0, 0, 0);
        Znode config = open.withAcl(Acl.ANYONE_READS, NO_VERSION);
        return open.withChild("zookeeper", open.withChild("config", config).withChild("quota", open));
    }

    /** Whether the path is one that every tree has and nobody deletes. */
    static boolean isBuiltIn(String path) {
        return BUILT_IN.contains(path);
    }

    /** Number of znodes, the root included. */
    public int znodeCount() {
        return 1 + root.descendantCount();
    }

    /** Bytes of all data and paths, a byte a character. */
    public long approximateBytes() {
        return root.descendantBytes() + root.data().size() + "/".length();
    }

    /** zxid of the last command: the number of commands applied, failed ones included. */
    public long zxid() {
        return zxid;
    }

    /**
     * Applies one command, whose zxid is the next one.
     *
     * @param origin whose command it is: sessions that it creates or attaches belong to it
     */
    public Applied apply(Origin origin, TimedCommand command) {
        TreeEdit edit = new TreeEdit(zxid + 1, command.timeMillis(), origin, root, sessions);
        ZnodeResult result = edit.apply(command.command());
        return new Applied(edit.tree(), result, edit.events());
    }

    /** The znode of the path; empty when there is none, also when the path breaks the rules. */
    public Optional<Znode> get(String path) {
        return Optional.ofNullable(find(root, path));
    }

    public boolean exists(String path) {
        return find(root, path) != null;
    }

    /** Names of the children, sorted; empty also when there is no such znode. */
    public List<String> children(String path) {
        return get(path).map(Znode::childNames).orElse(List.of());
    }

    Znode root() {
        return root;
    }

    public SessionTable sessions() {
        return sessions;
    }

    /** The znode of an absolute path below {@code root}, or null. */
    static @Nullable Znode find(Znode root, String path) {
        if (!path.startsWith("/")) {
            return null;
        }
        Znode node = root;
        int start = 1;
        while (node != null && start < path.length()) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            node = node.child(path.substring(start, end));
            start = end + 1;
        }
        boolean endsWithSlash = path.length() > 1 && path.endsWith("/");
        return endsWithSlash ? null : node;
    }
}
