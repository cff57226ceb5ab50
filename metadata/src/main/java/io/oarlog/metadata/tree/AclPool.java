package io.oarlog.metadata.tree;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Equal access lists as one object each: most znodes have one of few. It only saves memory and forgets the lists not used for
 * longest. Confined to the apply thread.
 */
public final class AclPool {
    private static final int MAX_LISTS = 10_000;

    private final Map<List<Acl>, List<Acl>> lists = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Acl>, List<Acl>> eldest) {
            return size() > MAX_LISTS;
        }
    };

    /** A pool that knows the commonest lists. */
    public AclPool() {
        lists.put(Acl.OPEN, Acl.OPEN);
        lists.put(Acl.ANYONE_READS, Acl.ANYONE_READS);
    }

    /** The list itself or an equal one that was there before. */
    List<Acl> shared(List<Acl> acl) {
        List<Acl> immutable = List.copyOf(acl);
        List<Acl> known = lists.putIfAbsent(immutable, immutable);
        return known == null ? immutable : known;
    }
}
