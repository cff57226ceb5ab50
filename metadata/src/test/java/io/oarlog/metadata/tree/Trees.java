package io.oarlog.metadata.tree;

import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** What tests of a tree need again and again. */
public final class Trees {
    /** A node's stream of commands. */
    public static final Origin ORIGIN = new Origin(1, 0x0a);

    public static final SessionPassword PASSWORD = SessionPassword.random(new Random(1));

    private Trees() {}

    /** What can be read of every znode, by path. */
    public static Map<String, List<Object>> znodes(ZnodeTree tree) {
        Map<String, List<Object>> znodes = new TreeMap<>();
        collect("/", tree.get("/").orElseThrow(), znodes);
        return znodes;
    }

    private static void collect(String path, Znode node, Map<String, List<Object>> znodes) {
        znodes.put(path, List.of(node.stat(), node.acl(), node.data()));
        node.forEachChild((name, child) -> collect(ZnodePath.child(path, name), child, znodes));
    }

    /** SHA-256 over all that a replica has to know. */
    public static String digest(TreeSnapshot state) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            state.writeTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException | IOException e) {
            throw new AssertionError(e);
        }
    }

    public static ZnodeCommand.CreateSession session(long sessionId) {
        return new ZnodeCommand.CreateSession(sessionId, PASSWORD, 6_000);
    }
}
