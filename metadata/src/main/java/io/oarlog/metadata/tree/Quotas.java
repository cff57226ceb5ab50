package io.oarlog.metadata.tree;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Quotas as ZooKeeper has them: clients put the limits of a path's subtree into a znode, and the tree keeps count of the
 * subtree in another one beside it. A path counts for the deepest quota at or above it alone, and the root has none.
 *
 * <pre>
 * /zookeeper/quota/&lt;path&gt;/zookeeper_limits   {@link QuotaNumbers}: soft limits, which tools look at, and hard ones
 * /zookeeper/quota/&lt;path&gt;/zookeeper_stats    {@link QuotaNumbers}: znodes and bytes of data
 * </pre>
 */
final class Quotas {
    static final String ROOT = "/zookeeper/quota";

    private static final String LIMITS = "zookeeper_limits";
    private static final String STATS = "zookeeper_stats";

    private Quotas() {}

    /** Whether the path is that of a quota's counts. */
    static boolean isStats(String path) {
        return path.startsWith(ROOT + "/")
                && ZnodePath.name(path).equals(STATS)
                && subject(path).startsWith("/");
    }

    /** Path whose subtree the counts at a path are of; not absolute when there is none. */
    private static String subject(String statsPath) {
        return statsPath.substring(ROOT.length(), statsPath.lastIndexOf('/'));
    }

    /** Path of the counts that a path goes into; null when it is under no quota. */
    static @Nullable String statsOver(Znode root, String path) {
        Znode quota = ZnodeTree.find(root, ROOT);
        if (quota == null || !quota.hasChildren()) {
            return null;
        }
        int deepest = 0;
        for (int start = 1; quota != null && start < path.length(); ) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            quota = quota.child(path.substring(start, end));
            if (quota != null && quota.child(LIMITS) != null) {
                deepest = end;
            }
            start = end + 1;
        }
        return deepest == 0 ? null : ROOT + path.substring(0, deepest) + "/" + STATS;
    }

    /** What the counts at a path have to say now. */
    static ZnodeData counted(Znode root, String statsPath) {
        Znode subject = ZnodeTree.find(root, subject(statsPath));
        if (subject == null) {
            return QuotaNumbers.of(0, 0).toData();
        }
        long bytes = 0;
        Deque<Znode> left = new ArrayDeque<>();
        left.push(subject);
        while (!left.isEmpty()) {
            Znode next = left.pop();
            bytes += next.data().size();
            next.forEachChild((name, child) -> left.push(child));
        }
        return QuotaNumbers.of(1L + subject.descendantCount(), bytes).toData();
    }

    /** Whether a change below a path would go over a hard limit. */
    static boolean isExceeded(Znode root, String path, int count, long bytes) {
        String statsPath = statsOver(root, path);
        if (statsPath == null) {
            return false;
        }
        Znode stats = ZnodeTree.find(root, statsPath);
        Znode limits = ZnodeTree.find(root, ZnodePath.child(ZnodePath.parent(statsPath), LIMITS));
        if (stats == null || limits == null) {
            return false;
        }
        QuotaNumbers current = QuotaNumbers.parse(stats.data()).orElse(QuotaNumbers.of(0, 0));
        QuotaNumbers most = QuotaNumbers.parse(limits.data()).orElse(QuotaNumbers.of(0, 0));
        return isOver(count, current.get(QuotaNumbers.COUNT), most.get(QuotaNumbers.COUNT_HARD_LIMIT))
                || isOver(bytes, current.get(QuotaNumbers.BYTES), most.get(QuotaNumbers.BYTE_HARD_LIMIT));
    }

    private static boolean isOver(long change, long current, long limit) {
        return change != 0 && limit > QuotaNumbers.NONE && current + change > limit;
    }
}
