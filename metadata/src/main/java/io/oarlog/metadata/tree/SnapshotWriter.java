package io.oarlog.metadata.tree;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes one {@link TreeSnapshot}. Confined to its caller. */
final class SnapshotWriter {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final DataOutputStream out;
    private final Map<List<Acl>, Integer> acls = new HashMap<>();

    SnapshotWriter(OutputStream out) {
        this.out = new DataOutputStream(new BufferedOutputStream(out, BUFFER_BYTES));
    }

    void write(TreeSnapshot snapshot) throws IOException {
        out.writeInt(TreeSnapshot.MAGIC);
        out.writeByte(TreeSnapshot.VERSION);
        out.writeLong(snapshot.tree().zxid());
        try {
            out.writeInt(snapshot.origins().size());
            snapshot.origins().forEach(this::writeOrigin);
            out.writeInt(snapshot.tree().sessions().size());
            snapshot.tree().sessions().forEach(this::writeSession);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        writeZnodes(snapshot.tree().root());
        out.writeInt(TreeSnapshot.END);
        out.flush();
    }

    private void writeOrigin(int nodeId, OriginTable.Position position) {
        try {
            out.writeInt(nodeId);
            out.writeLong(position.incarnation());
            out.writeLong(position.lastSequence());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void writeSession(long id, SessionTable.Session session) {
        try {
            out.writeLong(id);
            out.write(session.password().toArray());
            out.writeInt(session.timeoutMillis());
            out.writeInt(session.owner().nodeId());
            out.writeLong(session.owner().incarnation());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without recursion: a path may have more names than a thread's stack has room for. */
    private void writeZnodes(Znode root) throws IOException {
        Deque<Iterator<Map.Entry<String, Znode>>> open = new ArrayDeque<>();
        writeZnode("", root);
        open.push(root.childIterator());
        while (!open.isEmpty()) {
            if (open.getFirst().hasNext()) {
                Map.Entry<String, Znode> next = open.getFirst().next();
                writeZnode(next.getKey(), next.getValue());
                open.push(next.getValue().childIterator());
            } else {
                open.pop();
            }
        }
    }

    private void writeZnode(String name, Znode node) throws IOException {
        writeText(name);
        writeAcl(node.acl());
        writeData(node.data());
        ZnodeStat stat = node.stat();
        out.writeLong(stat.czxid());
        out.writeLong(stat.mzxid());
        out.writeLong(stat.pzxid());
        out.writeLong(stat.ctimeMillis());
        out.writeLong(stat.mtimeMillis());
        out.writeLong(stat.ephemeralOwner());
        out.writeInt(stat.version());
        out.writeInt(stat.aversion());
        out.writeInt(node.childrenCreated());
        out.writeInt(stat.numChildren());
    }

    private void writeAcl(List<Acl> acl) throws IOException {
        Integer known = acls.putIfAbsent(acl, acls.size());
        if (known != null) {
            out.writeInt(known);
            return;
        }
        out.writeInt(acls.size() - 1);
        out.writeInt(acl.size());
        for (Acl entry : acl) {
            out.writeInt(entry.permissions());
            writeText(entry.identity().scheme());
            writeText(entry.identity().id());
        }
    }

    private void writeData(ZnodeData data) throws IOException {
        if (data.isNull()) {
            out.writeInt(-1);
        } else {
            out.writeInt(data.size());
            data.writeTo(out);
        }
    }

    private void writeText(String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(utf8.length);
        out.write(utf8);
    }
}
