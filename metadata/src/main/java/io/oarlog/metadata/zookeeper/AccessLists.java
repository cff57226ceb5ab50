package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Acl;
import io.oarlog.metadata.tree.Identity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
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
        Set<List<Object>> seen = new HashSet<>();
        for (ACL entry : asked == null ? List.<ACL>of() : asked) {
            Id id = entry.getId();
            if (!seen.add(Arrays.asList(entry.getPerms(), id.getScheme(), id.getId()))) {
                continue;
            }
            List<Identity> meant = meant(id, proved);
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
        if (scheme == null) {
            return List.of();
        }
        // A list with no id at all cannot be read, as in ZooKeeper.
        Identity identity = new Identity(scheme, Objects.requireNonNull(id.getId()));
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
