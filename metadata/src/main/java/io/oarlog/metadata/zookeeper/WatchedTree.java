package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.TreeListener;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.zookeeper.proto.SetWatches2;

/**
 * The tree as the clients of this node may read it, with their watches. Thread-safe.
 *
 * <p>One lock makes an order of it all: under it the events of a command are handed to the watchers before the tree after
 * the command can be read, and under it a client's reads see one tree, set their watches and hand over their replies. So a
 * client hears of a change before it can read it, and a watch misses nothing after the read that set it.
 */
final class WatchedTree implements TreeListener {
    private final int maxWatchesPerWatcher;
    private final Object lock = new Object();
    // Guarded by the lock.
    private final WatchTable dataWatches = new WatchTable();
    private final WatchTable childWatches = new WatchTable();
    /** Written under the lock. */
    private volatile ZnodeTree tree;
    /** Told, on the apply thread, that sessions may have ended or moved, or all clients have to come back. */
    private final SessionListener sessionListener;

    /** Hears what becomes of sessions. Must not block. */
    interface SessionListener {
        void onSessionsChanged();

        /** Changes were missed: no watch can be relied on any more. */
        void onChangesMissed();

        /** Every session here has to be attached again. */
        void onStreamEnded();
    }

    WatchedTree(ZnodeTree tree, int maxWatchesPerWatcher, SessionListener sessionListener) {
        this.tree = tree;
        this.maxWatchesPerWatcher = maxWatchesPerWatcher;
        this.sessionListener = sessionListener;
    }

    @Override
    public void onChange(ZnodeTree changed, List<ZnodeEvent> events) {
        boolean sessionsChanged;
        boolean missed;
        synchronized (lock) {
            if (changed.zxid() <= tree.zxid()) {
                return;
            }
            missed = changed.zxid() != tree.zxid() + 1;
            sessionsChanged = changed.sessions() != tree.sessions();
            events.forEach(this::trigger);
            tree = changed;
        }
        if (missed) {
            sessionListener.onChangesMissed();
        } else if (sessionsChanged) {
            sessionListener.onSessionsChanged();
        }
    }

    @Override
    public void onRestored(ZnodeTree restored) {
        synchronized (lock) {
            tree = restored;
        }
        sessionListener.onChangesMissed();
    }

    @Override
    public void onStreamEnded() {
        sessionListener.onStreamEnded();
    }

    private void trigger(ZnodeEvent event) {
        switch (event.kind()) {
            case CREATED -> trigger(dataWatches, WatchEventType.NODE_CREATED, event, Set.of());
            case DATA_CHANGED -> trigger(dataWatches, WatchEventType.NODE_DATA_CHANGED, event, Set.of());
            case CHILDREN_CHANGED -> trigger(childWatches, WatchEventType.NODE_CHILDREN_CHANGED, event, Set.of());
            case DELETED -> {
                Set<Watcher> told = trigger(dataWatches, WatchEventType.NODE_DELETED, event, Set.of());
                trigger(childWatches, WatchEventType.NODE_DELETED, event, told);
            }
        }
    }

    private static Set<Watcher> trigger(WatchTable watches, WatchEventType type, ZnodeEvent event, Set<Watcher> told) {
        return watches.trigger(event.path(), type, event.zxid(), event.acl(), told);
    }

    /** The tree of this moment. */
    ZnodeTree tree() {
        return tree;
    }

    /** Runs an action on the tree, which stays the readable one meanwhile. The action must be short and not block. */
    void access(Consumer<ZnodeTree> action) {
        synchronized (lock) {
            action.accept(tree);
        }
    }

    /**
     * Sets the watch of a read.
     *
     * @return false when the watcher has as many as it may have
     */
    boolean watchData(String path, Watcher watcher) {
        return add(dataWatches, path, watcher, WatchMode.STANDARD);
    }

    /** As {@link #watchData}, of the list of children. */
    boolean watchChildren(String path, Watcher watcher) {
        return add(childWatches, path, watcher, WatchMode.STANDARD);
    }

    /** Sets a persistent watch; false as in {@link #watchData}. */
    boolean watch(String path, Watcher watcher, boolean isRecursive) {
        synchronized (lock) {
            if (isRecursive) {
                return add(dataWatches, path, watcher, WatchMode.PERSISTENT_RECURSIVE);
            }
            return add(childWatches, path, watcher, WatchMode.PERSISTENT)
                    && add(dataWatches, path, watcher, WatchMode.PERSISTENT);
        }
    }

    private boolean add(WatchTable table, String path, Watcher watcher, WatchMode mode) {
        synchronized (lock) {
            boolean isNew = !table.contains(path, watcher);
            if (isNew && dataWatches.pathsOf(watcher) + childWatches.pathsOf(watcher) >= maxWatchesPerWatcher) {
                return false;
            }
            if (!watcher.isClosed()) {
                table.add(path, watcher, mode);
            }
            return true;
        }
    }

    boolean hasWatch(String path, Watcher watcher, WatchType type) {
        synchronized (lock) {
            return switch (type) {
                case CHILDREN -> childWatches.contains(path, watcher, WatchMode.STANDARD);
                case DATA -> dataWatches.contains(path, watcher, WatchMode.STANDARD);
                case PERSISTENT -> dataWatches.contains(path, watcher, WatchMode.PERSISTENT);
                case PERSISTENT_RECURSIVE -> dataWatches.contains(path, watcher, WatchMode.PERSISTENT_RECURSIVE);
                case ANY -> dataWatches.contains(path, watcher) || childWatches.contains(path, watcher);
            };
        }
    }

    /** Removes watches; false when there were none. */
    boolean removeWatch(String path, Watcher watcher, WatchType type) {
        synchronized (lock) {
            // Of both kinds where a watch has both, whether or not the first was there.
            boolean ofChildren = switch (type) {
                case CHILDREN -> childWatches.remove(path, watcher, WatchMode.STANDARD);
                case PERSISTENT -> childWatches.remove(path, watcher, WatchMode.PERSISTENT);
                case ANY -> childWatches.remove(path, watcher);
                case DATA, PERSISTENT_RECURSIVE -> false;
            };
            boolean ofData = switch (type) {
                case DATA -> dataWatches.remove(path, watcher, WatchMode.STANDARD);
                case PERSISTENT -> dataWatches.remove(path, watcher, WatchMode.PERSISTENT);
                case PERSISTENT_RECURSIVE -> dataWatches.remove(path, watcher, WatchMode.PERSISTENT_RECURSIVE);
                case ANY -> dataWatches.remove(path, watcher);
                case CHILDREN -> false;
            };
            return ofChildren || ofData;
        }
    }

    /**
     * Sets the watches that a client had on another connection; what changed meanwhile it is told at once.
     *
     * @param request with the last zxid that the client has seen
     * @return false when the watcher has as many as it may have; some are set then
     */
    boolean restoreWatches(SetWatches2 request, Watcher watcher) {
        synchronized (lock) {
            long seen = request.getRelativeZxid();
            return all(request.getDataWatches(), path -> {
                        Optional<Znode> znode = tree.get(path);
                        if (znode.isEmpty()) {
                            return tell(watcher, WatchEventType.NODE_DELETED, path);
                        }
                        return znode.get().stat().mzxid() > seen
                                ? tell(watcher, WatchEventType.NODE_DATA_CHANGED, path)
                                : watchData(path, watcher);
                    })
                    && all(
                            request.getExistWatches(),
                            path -> tree.exists(path)
                                    ? tell(watcher, WatchEventType.NODE_CREATED, path)
                                    : watchData(path, watcher))
                    && all(request.getChildWatches(), path -> {
                        Optional<Znode> znode = tree.get(path);
                        if (znode.isEmpty()) {
                            return tell(watcher, WatchEventType.NODE_DELETED, path);
                        }
                        return znode.get().stat().pzxid() > seen
                                ? tell(watcher, WatchEventType.NODE_CHILDREN_CHANGED, path)
                                : watchChildren(path, watcher);
                    })
                    && all(request.getPersistentWatches(), path -> watch(path, watcher, false))
                    && all(request.getPersistentRecursiveWatches(), path -> watch(path, watcher, true));
        }
    }

    private static boolean all(List<String> paths, Function<String, Boolean> action) {
        for (String path : paths) {
            if (!action.apply(path)) {
                return false;
            }
        }
        return true;
    }

    /** Of a change of which neither the zxid nor the access list at the time is known. */
    private static boolean tell(Watcher watcher, WatchEventType type, String path) {
        watcher.onEvent(-1, WatchTable.event(type, path), List.of());
        return true;
    }

    /** Forgets a watcher, which has to be closed before. */
    void forget(Watcher watcher) {
        synchronized (lock) {
            dataWatches.removeAll(watcher);
            childWatches.removeAll(watcher);
        }
    }

    /** Watches of all clients. */
    int watchCount() {
        synchronized (lock) {
            return dataWatches.size() + childWatches.size();
        }
    }

    /** Hands the tables of watches on data and on children to an action, which must be short: for the words that show them. */
    <T> T inspect(BiFunction<WatchTable, WatchTable, T> reader) {
        synchronized (lock) {
            return reader.apply(dataWatches, childWatches);
        }
    }
}
