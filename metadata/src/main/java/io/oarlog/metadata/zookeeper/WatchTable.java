package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Acl;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.zookeeper.proto.WatcherEvent;

/**
 * The watches of one kind, of data or of children: who watches which path, and how. Not thread-safe: guarded by
 * {@link WatchedTree}'s lock.
 */
final class WatchTable {
    /** State of the session in an event: connected. */
    private static final int CONNECTED = 3;

    /** Path, then watcher, then its modes. */
    private final Map<String, Map<Watcher, Integer>> byPath = new HashMap<>();

    private final Map<Watcher, Set<String>> paths = new HashMap<>();
    private int recursive;

    void add(String path, Watcher watcher, WatchMode mode) {
        int old = flags(path, watcher);
        set(path, watcher, old, old | mode.flag());
    }

    boolean contains(String path, Watcher watcher, WatchMode mode) {
        return mode.isIn(flags(path, watcher));
    }

    boolean contains(String path, Watcher watcher) {
        return flags(path, watcher) != 0;
    }

    /** Whether there was such a watch. */
    boolean remove(String path, Watcher watcher, WatchMode mode) {
        int old = flags(path, watcher);
        set(path, watcher, old, old & ~mode.flag());
        return mode.isIn(old);
    }

    /** Whether there was a watch of any mode. */
    boolean remove(String path, Watcher watcher) {
        int old = flags(path, watcher);
        set(path, watcher, old, 0);
        return old != 0;
    }

    /** Forgets all watches of a watcher. */
    void removeAll(Watcher watcher) {
        for (String path : List.copyOf(paths.getOrDefault(watcher, Set.of()))) {
            boolean unused = remove(path, watcher);
        }
    }

    /**
     * Tells those that watch the path, and those above it that watch recursively.
     *
     * @param told are passed over
     * @return who watched
     */
    Set<Watcher> trigger(String path, WatchEventType type, long zxid, List<Acl> acl, Set<Watcher> told) {
        Set<Watcher> watchers = take(path);
        if (recursive > 0) {
            for (String above = path; above.length() > 1; ) {
                above = above.substring(0, Math.max(1, above.lastIndexOf('/')));
                byPath.getOrDefault(above, Map.of()).forEach((watcher, flags) -> {
                    if (WatchMode.PERSISTENT_RECURSIVE.isIn(flags)) {
                        watchers.add(watcher);
                    }
                });
            }
        }
        if (!watchers.isEmpty()) {
            WatcherEvent event = event(type, path);
            for (Watcher watcher : watchers) {
                if (!told.contains(watcher)) {
                    watcher.onEvent(zxid, event, acl);
                }
            }
        }
        return watchers;
    }

    static WatcherEvent event(WatchEventType type, String path) {
        return new WatcherEvent(type.number(), CONNECTED, path);
    }

    /** Who watches the path itself; their standard watches end with that. */
    private Set<Watcher> take(String path) {
        Set<Watcher> watchers = new HashSet<>();
        Map<Watcher, Integer> here = byPath.get(path);
        if (here == null) {
            return watchers;
        }
        for (Iterator<Map.Entry<Watcher, Integer>> i = here.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<Watcher, Integer> entry = i.next();
            watchers.add(entry.getKey());
            int left = entry.getValue() & ~WatchMode.STANDARD.flag();
            if (left == 0) {
                i.remove();
                forget(path, entry.getKey());
            } else {
                entry.setValue(left);
            }
        }
        if (here.isEmpty()) {
            byPath.remove(path);
        }
        return watchers;
    }

    private int flags(String path, Watcher watcher) {
        return byPath.getOrDefault(path, Map.of()).getOrDefault(watcher, 0);
    }

    private void set(String path, Watcher watcher, int old, int flags) {
        recursive += (WatchMode.PERSISTENT_RECURSIVE.isIn(flags) ? 1 : 0)
                - (WatchMode.PERSISTENT_RECURSIVE.isIn(old) ? 1 : 0);
        if (flags != 0) {
            byPath.computeIfAbsent(path, absent -> new HashMap<>(2)).put(watcher, flags);
            paths.computeIfAbsent(watcher, absent -> new HashSet<>()).add(path);
            return;
        }
        Map<Watcher, Integer> here = byPath.get(path);
        if (here != null) {
            here.remove(watcher);
            if (here.isEmpty()) {
                byPath.remove(path);
            }
        }
        forget(path, watcher);
    }

    private void forget(String path, Watcher watcher) {
        Set<String> watched = paths.get(watcher);
        if (watched != null) {
            watched.remove(path);
            if (watched.isEmpty()) {
                paths.remove(watcher);
            }
        }
    }

    /** Paths that the watcher watches. */
    int pathsOf(Watcher watcher) {
        return paths.getOrDefault(watcher, Set.of()).size();
    }

    /** Watches, each path of each watcher counted. */
    int size() {
        return byPath.values().stream().mapToInt(Map::size).sum();
    }

    int watchedPaths() {
        return byPath.size();
    }

    Set<Watcher> watchers() {
        return paths.keySet();
    }

    /** Watched paths with their watchers. A view. */
    Map<String, Map<Watcher, Integer>> byPath() {
        return byPath;
    }
}
