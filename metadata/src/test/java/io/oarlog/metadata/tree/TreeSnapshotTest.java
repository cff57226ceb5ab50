package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TreeSnapshotTest {
    private static final int SEEDS = 1_000;
    private static final int STEPS = 150;

    @Test
    void shouldKeepTheDigestWhenItIsWrittenAndReadAndGoOnAsBefore() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            // given
            RandomCommands commands = new RandomCommands(seed);
            TreeSnapshot state = new TreeSnapshot(ZnodeTree.empty(), OriginTable.empty());
            for (int step = 0; step < STEPS; step++) {
                state = after(state, commands.origin(), commands.next());
            }

            // when
            TreeSnapshot restored = read(bytes(state));

            // then
            assertSame(seed, restored, state);
            assertThat(Trees.digest(restored)).as("seed %d", seed).isEqualTo(Trees.digest(state));
            for (int step = 0; step < STEPS / 3; step++) {
                Origin origin = commands.origin();
                TimedCommand command = commands.next();
                state = after(state, origin, command);
                restored = after(restored, origin, command);
            }
            assertThat(Trees.digest(restored)).as("seed %d", seed).isEqualTo(Trees.digest(state));
        }
    }

    @Test
    void shouldHaveAnotherDigestAfterEveryCommand() {
        // given
        RandomCommands commands = new RandomCommands(1);
        TreeSnapshot state = new TreeSnapshot(ZnodeTree.empty(), OriginTable.empty());

        for (int step = 0; step < STEPS; step++) {
            // when
            String before = Trees.digest(state);
            state = after(state, commands.origin(), commands.next());

            // then
            assertThat(Trees.digest(state)).isNotEqualTo(before);
        }
    }

    @Test
    void shouldKeepTheLayoutOfVersionOne() throws IOException {
        // given
        TreeSnapshot state = new TreeSnapshot(ZnodeTree.empty(), OriginTable.empty());
        state = after(state, Trees.ORIGIN, new TimedCommand(9, Trees.session(0x77)));
        state = after(
                state,
                new Origin(2, 0x0b),
                new TimedCommand(
                        10,
                        new ZnodeCommand.Create(
                                "/e\u00e9",
                                ZnodeData.utf8("xy"),
                                List.of(new Acl(3, new Identity("ip", "::1"))),
                                CreateMode.EPHEMERAL,
                                0x77)));

        // when
        String hex = HexFormat.of().formatHex(bytes(state));

        // then
        String open = "00000001" + "0000001f" + "00000005" + "776f726c64" + "00000006" + "616e796f6e65";
        String reads = "00000001" + "00000001" + "00000005" + "776f726c64" + "00000006" + "616e796f6e65";
        String never = "0000000000000000".repeat(6) + "00000000";
        assertThat(hex)
                .isEqualTo("4f545245" + "02" + "0000000000000002"
                        + "00000002" + "00000001" + "000000000000000a" + "0000000000000000"
                        + "00000002" + "000000000000000b" + "0000000000000000"
                        + "00000001" + "0000000000000077"
                        + HexFormat.of().formatHex(Trees.PASSWORD.toArray()) + "00001770" + "00000001"
                        + "000000000000000a"
                        // the root, which got its first child of this tree with zxid 2
                        + "00000000" + "00000000" + open + "00000000"
                        + "0000000000000000".repeat(2) + "0000000000000002" + "0000000000000000".repeat(3)
                        + "00000000" + "00000000" + "00000001" + "00000002"
                        // the ephemeral znode
                        + "00000003" + "65c3a9" + "00000001" + "00000001" + "00000003" + "00000002" + "6970"
                        + "00000003" + "3a3a31" + "00000002" + "7879"
                        + "0000000000000002".repeat(3) + "000000000000000a".repeat(2) + "0000000000000077"
                        + "00000000" + "00000000" + "00000000" + "00000000"
                        // what every tree has
                        + "00000009" + "7a6f6f6b6565706572" + "00000000" + "00000000" + never + "00000000" + "00000000"
                        + "00000002"
                        + "00000006" + "636f6e666967" + "00000002" + reads + "00000000" + never + "ffffffff"
                        + "00000000"
                        + "00000000"
                        + "00000005" + "71756f7461" + "00000000" + "00000000" + never + "00000000" + "00000000"
                        + "00000000"
                        + "4f454e44");
    }

    @Test
    void shouldRefuseEveryCutAndAnyByteTooMany() throws IOException {
        // given
        byte[] bytes = bytes(random(5));

        for (int length = 0; length < bytes.length; length++) {
            // when, then
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> read(cut)).as("length %d", length).isInstanceOf(MalformedSnapshotException.class);
        }
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        assertThatThrownBy(() -> read(longer)).isInstanceOf(MalformedSnapshotException.class);
    }

    @Test
    void shouldReadOrRefuseSpoiltBytesAndNothingElse() throws IOException {
        byte[] good = bytes(random(6));
        for (int seed = 0; seed < 20_000; seed++) {
            // given
            Random random = new Random(seed);
            byte[] bytes = good.clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }

            // when, then
            try {
                assertThat(read(bytes).tree().exists("/")).as("seed %d", seed).isTrue();
            } catch (MalformedSnapshotException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
    }

    @Test
    void shouldTakePathsOfMoreNamesThanAStackHasRoomFor() throws IOException {
        // given
        TreeSnapshot state = new TreeSnapshot(ZnodeTree.empty(), OriginTable.empty());
        StringBuilder path = new StringBuilder();
        int depth = 30_000;
        Znode node = Znode.created(ZnodeData.EMPTY, Acl.OPEN, 1, 1, 0);
        for (int i = 0; i < depth; i++) {
            path.append("/a");
            node = Znode.created(ZnodeData.EMPTY, Acl.OPEN, 1, 1, 0).withNewChild("a", node, 1);
        }
        state = new TreeSnapshot(new ZnodeTree(1, node, SessionTable.EMPTY), state.origins());

        // when
        state = after(
                state, Trees.ORIGIN, new TimedCommand(2, new ZnodeCommand.SetData(path.toString(), ZnodeData.NULL, 0)));
        TreeSnapshot restored = read(bytes(state));

        // then
        assertThat(restored.tree().get(path.toString()).orElseThrow().data()).isEqualTo(ZnodeData.NULL);
        assertThat(restored.tree().get("/a").orElseThrow().stat().numChildren()).isEqualTo(1);
        assertThat(Trees.digest(restored)).isEqualTo(Trees.digest(state));
    }

    /** Without the bytes, which could leave out the same on both sides. */
    private static void assertSame(int seed, TreeSnapshot restored, TreeSnapshot state) {
        assertThat(restored.tree().zxid()).isEqualTo(state.tree().zxid());
        assertThat(restored.origins().incarnation(1)).isEqualTo(state.origins().incarnation(1));
        assertThat(Trees.znodes(restored.tree())).as("seed %d", seed).isEqualTo(Trees.znodes(state.tree()));
        SessionTable sessions = state.tree().sessions();
        SessionTable restoredSessions = restored.tree().sessions();
        assertThat(restoredSessions.ids()).isEqualTo(sessions.ids());
        for (long id : sessions.ids()) {
            assertThat(restoredSessions.owner(id)).isEqualTo(sessions.owner(id));
            assertThat(restoredSessions.timeoutMillis(id)).isEqualTo(sessions.timeoutMillis(id));
            assertThat(restoredSessions.ephemerals(id)).isEqualTo(sessions.ephemerals(id));
            assertThat(password(restoredSessions, id)).isEqualTo(password(sessions, id));
        }
    }

    private static SessionPassword password(SessionTable sessions, long id) {
        return Objects.requireNonNull(sessions.find(id)).password();
    }

    private static TreeSnapshot random(int seed) {
        RandomCommands commands = new RandomCommands(seed);
        TreeSnapshot state = new TreeSnapshot(ZnodeTree.empty(), OriginTable.empty());
        for (int step = 0; step < STEPS; step++) {
            state = after(state, commands.origin(), commands.next());
        }
        assertThat(state.tree().sessions().ids()).isNotEmpty();
        return state;
    }

    private static TreeSnapshot after(TreeSnapshot state, Origin origin, TimedCommand command) {
        OriginTable origins = state.origins();
        OriginTable.Position position = new OriginTable.Position(origin.incarnation(), 0);
        return new TreeSnapshot(state.tree().apply(origin, command).tree(), origins.with(origin.nodeId(), position));
    }

    private static byte[] bytes(TreeSnapshot state) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        state.writeTo(out);
        return out.toByteArray();
    }

    private static TreeSnapshot read(byte[] bytes) throws IOException {
        return TreeSnapshot.readFrom(new ByteArrayInputStream(bytes), new AclPool());
    }
}
