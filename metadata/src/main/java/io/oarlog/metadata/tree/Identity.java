package io.oarlog.metadata.tree;

import java.util.Objects;

/**
 * Who a client is, or who an {@link Acl} speaks of. Immutable.
 *
 * @param scheme how the id was or is to be proved: world, ip or digest
 * @param id in the scheme's own form: {@code anyone}, an address with or without a prefix length, {@code user:hash}
 */
public record Identity(String scheme, String id) {
    /** Everybody has it, proved or not. */
    public static final Identity ANYONE = new Identity("world", "anyone");

    /** Whoever proved to have it may do whatever access lists say. No list speaks of it. */
    public static final Identity SUPER = new Identity("super", "");

    private static final String IP = "ip";
    private static final String DIGEST = "digest";

    public Identity {
        Objects.requireNonNull(scheme);
        Objects.requireNonNull(id);
    }

    /** Whether an {@link Acl} may speak of it: it has one of the three schemes, and its id is in that scheme's form. */
    public boolean isValid() {
        return switch (scheme) {
            case "world" -> equals(ANYONE);
            case IP -> AddressRange.isValid(id);
            case DIGEST -> id.split(":").length == 2;
            default -> false;
        };
    }

    /**
     * Whether a client with this identity is meant by one in an access list.
     *
     * @param listed for the scheme ip an address range such as {@code 10.0.0.0/8}, else equal to this one
     */
    boolean isMeantBy(Identity listed) {
        if (!scheme.equals(listed.scheme)) {
            return false;
        }
        return scheme.equals(IP) ? AddressRange.parse(listed.id).contains(id) : id.equals(listed.id);
    }
}
