package io.oarlog.metadata.tree;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

/**
 * All that a replica of the tree has to know: znodes, sessions, zxid, and how far the nodes' streams are applied. Immutable;
 * equal states have equal bytes. All numbers are big-endian.
 *
 * <pre>
 * size field
 *    4 "OTRE"
 *    1 version (2)
 *    8 zxid
 *    4 number of origins, each, by node id: 4 node id, 8 incarnation, 8 last sequence
 *    4 number of sessions, each, by id: 8 id, 16 password, 4 timeout in ms, 4 node id and 8 incarnation of the owner
 *      the root and after each znode its children, by name:
 *      name (of the root: nothing), acl, data, 8 czxid, 8 mzxid, 8 pzxid, 8 ctime, 8 mtime, 8 ephemeral owner,
 *      4 version, 4 aversion, 4 children ever created, 4 number of children
 *    4 "OEND"
 *
 * name: 4 number of bytes, UTF-8
 * acl:  4 its number; when that is the number of lists so far it is a new one, and follows:
 *       4 number of entries, each: 4 permissions, scheme and id as names
 * data: 4 number of bytes, the bytes; -1 for none at all
 * </pre>
 *
 * <p>Both ways it goes znode by znode, so that a large tree needs no large array.
 */
public record TreeSnapshot(ZnodeTree tree, OriginTable origins) {
    static final int MAGIC = 0x4f545245;
    static final int END = 0x4f454e44;
    static final int VERSION = 2;

    public TreeSnapshot {
        Objects.requireNonNull(tree);
        Objects.requireNonNull(origins);
    }

    /** Writes and flushes all of it; the stream stays open. */
    public void writeTo(OutputStream out) throws IOException {
        new SnapshotWriter(out).write(this);
    }

    /**
     * Reads what {@link #writeTo} wrote, up to the end of the stream, which stays open.
     *
     * @param acls lets equal access lists be one object
     * @throws MalformedSnapshotException when the bytes are cut short, too many, or not a snapshot of this version
     */
    public static TreeSnapshot readFrom(InputStream in, AclPool acls) throws IOException {
        return new SnapshotReader(in, acls).read();
    }
}
