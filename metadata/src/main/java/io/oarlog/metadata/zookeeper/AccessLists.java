package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.Identity;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.jspecify.annotations.Nullable;

/** Access lists as clients write and read them. */
final class AccessLists {
    /** Stands for all that the client has proved, but for its address. */
    private static final String AUTH = "auth";

    private AccessLists() {}

    /**
     * The list that a client means.
     *
     * @return empty when the list is not valid, which the tree refuses in its turn
     */
    static List<Acl> resolve(@Nullable List<ACL> asked, List<Identity> proved) {
        List<Acl> resolved = new ArrayList<>();
        // What is said twice counts once; what it stands for may well come twice, as in ZooKeeper.
        for (ACL entry : new LinkedHashSet<>(asked == null ? List.of() : asked)) {
            List<Identity> meant = meant(entry.getId(), proved);
            if (meant.isEmpty()) {
                return List.of();
            }
            meant.forEach(identity -> resolved.add(new Acl(entry.getPerms(), identity)));
        }
        return resolved;
    }

    private static List<Identity> meant(Id id, List<Identity> proved) {
        String scheme = id.getScheme();
        if (AUTH.equals(scheme)) {
            return proved.stream().filter(Authentication::isOfAUser).toList();
        }
        if (scheme == null || id.getId() == null) {
            return List.of();
        }
        Identity identity = new Identity(scheme, id.getId());
        return identity.isValid() ? List.of(identity) : List.of();
    }

    /** As a client reads it. */
    static List<ACL> forClient(List<Acl> acl, boolean showsDigests) {
        List<ACL> shown = new ArrayList<>(acl.size());
        for (Acl entry : acl) {
            Identity identity = entry.identity();
            String id = showsDigests || !Authentication.isOfAUser(identity)
                    ? identity.id()
                    : Authentication.userOf(identity) + ":x";
            shown.add(new ACL(entry.permissions(), new Id(identity.scheme(), id)));
        }
        return shown;
    }
}
