package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.Identity;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a client proves who it is: by its address, or by a user's name and password. */
final class Authentication {
    private static final String IP = "ip";
    private static final String DIGEST = "digest";

    private Authentication() {}

    /** What every client from the address has proved. */
    static Identity ofAddress(String address) {
        return new Identity(IP, address);
    }

    /**
     * What a client proves with an auth request; empty when the scheme is not served.
     *
     * @param proof {@code user:password} for the scheme digest
     * @param superDigest {@code user:digest} of who proves with it to be {@link Identity#SUPER} as well
     */
    static List<Identity> prove(
            @Nullable String scheme, byte @Nullable [] proof, String address, Optional<String> superDigest) {
        if (IP.equals(scheme)) {
            return List.of(ofAddress(address));
        } else if (DIGEST.equals(scheme) && proof != null) {
            String userAndPassword = new String(proof, StandardCharsets.UTF_8);
            String user = userAndPassword.split(":", 2)[0];
            Identity identity = new Identity(DIGEST, user + ":" + digest(userAndPassword));
            return superDigest.equals(Optional.of(identity.id()))
                    ? List.of(Identity.SUPER, identity)
                    : List.of(identity);
        }
        return List.of();
    }

    /** ZooKeeper's digest of a user's name and password: SHA-1, in base64. */
    private static String digest(String userAndPassword) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest(userAndPassword.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-1", e);
        }
    }

    /** Proved with a password; an address proves no user. */
    static boolean isOfAUser(Identity identity) {
        return identity.scheme().equals(DIGEST);
    }

    /** Name of a user, or the address. */
    static String userOf(Identity identity) {
        return isOfAUser(identity) ? identity.id().split(":", 2)[0] : identity.id();
    }
}
