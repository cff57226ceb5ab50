package io.oarlog.metadata.tree;

import java.util.List;
import java.util.Objects;

/**
 * One entry of a znode's access list. Immutable.
 *
 * @param permissions sum of those of {@link #READ} to {@link #ADMIN} that the identity has
 */
public record Acl(int permissions, Identity identity) {
    /** To read data and the list of children. */
    public static final int READ = 1;

    /** To replace the data. */
    public static final int WRITE = 1 << 1;

    /** To create children. */
    public static final int CREATE = 1 << 2;

    /** To delete children. */
    public static final int DELETE = 1 << 3;

    /** To replace the access list. */
    public static final int ADMIN = 1 << 4;

    public static final int ALL = READ | WRITE | CREATE | DELETE | ADMIN;

    /** Anyone may do anything. */
    public static final List<Acl> OPEN = List.of(new Acl(ALL, Identity.ANYONE));

    /** Anyone may read, nobody may change. */
    public static final List<Acl> ANYONE_READS = List.of(new Acl(READ, Identity.ANYONE));

    public Acl {
        Objects.requireNonNull(identity);
    }

    /**
     * Whether an access list lets a client do something.
     *
     * @param identities those that the client proved
     * @param permission one of {@link #READ} to {@link #ADMIN}
     */
    public static boolean allows(List<Acl> acl, List<Identity> identities, int permission) {
        if (identities.contains(Identity.SUPER)) {
            return true;
        }
        for (Acl entry : acl) {
            if ((entry.permissions & permission) != 0 && entry.speaksOf(identities)) {
                return true;
            }
        }
        return false;
    }

    private boolean speaksOf(List<Identity> identities) {
        if (identity.equals(Identity.ANYONE)) {
            return true;
        }
        for (Identity proved : identities) {
            if (proved.isMeantBy(identity)) {
                return true;
            }
        }
        return false;
    }
}
