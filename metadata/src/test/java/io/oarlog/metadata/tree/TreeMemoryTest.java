package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.tree.ZnodeCommand.Create;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A million znodes of 100 bytes in a process that has 1 GiB of heap for everything: made by encoded commands as on a replica,
 * written as a snapshot, and read beside the old tree, as when a follower installs one. Only on demand:
 *
 * <pre>
 * mvn test -pl metadata -Dtest=TreeMemoryTest -Doarlog.tree.memory=true -DargLine=-Xmx1g
 * </pre>
 */
@EnabledIfSystemProperty(named = "oarlog.tree.memory", matches = "true")
class TreeMemoryTest {
    private static final Logger LOG = LoggerFactory.getLogger(TreeMemoryTest.class);
    private static final int PARENTS = 1_000;
    private static final int CHILDREN = 1_000;
    private static final int DATA_BYTES = 100;

    @TempDir
    private Path directory;

    private final AclPool acls = new AclPool();
    private ZnodeTree tree = ZnodeTree.empty();
    private long sequence;

    @Test
    void shouldHoldAMillionZnodesTwiceInAGibibyte() throws IOException {
        // given
        assertThat(Runtime.getRuntime().maxMemory()).isLessThanOrEqualTo(1024L * 1024 * 1024);
        long emptyBytes = usedBytes();
        for (int parent = 0; parent < PARENTS; parent++) {
            apply(parent);
        }
        long treeBytes = usedBytes() - emptyBytes;

        // when
        Path file = directory.resolve("snapshot");
        TreeSnapshot state = new TreeSnapshot(tree, OriginTable.empty());
        long begun = System.nanoTime();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            state.writeTo(out);
        }
        long written = System.nanoTime();
        TreeSnapshot restored;
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            restored = TreeSnapshot.readFrom(in, new AclPool());
        }
        long read = System.nanoTime();

        // then
        LOG.atInfo()
                .addKeyValue("treeMiB", treeBytes >> 20)
                .addKeyValue("bytesPerZnode", treeBytes / (PARENTS * CHILDREN))
                .addKeyValue("snapshotMiB", Files.size(file) >> 20)
                .addKeyValue("writeMillis", (written - begun) / 1_000_000)
                .addKeyValue("readMillis", (read - written) / 1_000_000)
                .log("a million znodes");
        assertThat(treeBytes).isLessThan(400L * 1024 * 1024);
        assertThat(Trees.digest(restored)).isEqualTo(Trees.digest(state));
        assertThat(restored.tree().children("/parent-999")).hasSize(CHILDREN);
    }

    /** A parent and its children, each list of access rights as its own object in the entry. */
    private void apply(int parent) {
        List<byte[]> commands = new ArrayList<>();
        Acl acl = new Acl(Acl.ALL, new Identity("digest", "user-" + parent % 3 + ":hash"));
        commands.add(encoded("/parent-" + parent, acl));
        for (int child = 0; child < CHILDREN; child++) {
            commands.add(encoded("/parent-" + parent + "/child-" + child, acl));
        }
        CommandEntry entry = EntryCodec.decode(EntryCodec.encode(Trees.ORIGIN, sequence++, 0, commands), acls);
        for (TimedCommand command : entry.commands()) {
            ZnodeTree.Applied applied = tree.apply(entry.origin(), command);
            assertThat(applied.result().failure()).isEmpty();
            tree = applied.tree();
        }
    }

    private static byte[] encoded(String path, Acl acl) {
        byte[] data = new byte[DATA_BYTES];
        ByteBuffer.wrap(data).putInt(path.hashCode());
        Create create = new Create(path, ZnodeData.copyOf(data), List.of(acl), CreateMode.PERSISTENT, 0);
        return CommandCodec.encode(new TimedCommand(1, create));
    }

    private static long usedBytes() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }
}
