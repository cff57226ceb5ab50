package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CommandCodecTest {
    private static final String PASSWORD = "000102030405060708090a0b0c0d0e0f";
    private static final TimedCommand MULTI = new TimedCommand(
            0x0102030405060708L,
            new ZnodeCommand.Multi(List.of(
                    ZnodeCommand.Create.persistent("/topics/a", ZnodeData.utf8("xyz")),
                    ZnodeCommand.Create.ephemeral("/topics/b", ZnodeData.NULL, 0x77),
                    new ZnodeCommand.SetData("/topics", ZnodeData.utf8("q"), 5),
                    new ZnodeCommand.Check("/topics", -1),
                    new ZnodeCommand.CheckSame("/topics", 9),
                    new ZnodeCommand.Delete("/x", 2),
                    new ZnodeCommand.SetAcl("/x", List.of(), 3))));

    @Test
    void shouldKeepTheLayoutOfOperations() {
        // when
        byte[] encoded = CommandCodec.encode(MULTI);

        // then
        String anyoneReads = "00000001" + "00000001" + "0005" + "776f726c64" + "0006" + "616e796f6e65";
        assertThat(HexFormat.of().formatHex(encoded))
                .isEqualTo("0102030405060708" + "06" + "00000007"
                        + "01" + "00000009" + "2f746f706963732f61" + "00" + "0000000000000000" + anyoneReads
                        + "00000003" + "78797a"
                        + "01" + "00080001" + "62" + "01" + "0000000000000077" + anyoneReads + "ffffffff"
                        + "02" + "00070000" + "00000005" + "00000001" + "71"
                        + "04" + "00070000" + "ffffffff"
                        + "05" + "00070000" + "0000000000000009"
                        + "03" + "00010001" + "78" + "00000002"
                        + "0b" + "00020000" + "00000003" + "00000000");
    }

    @Test
    void shouldKeepTheLayoutOfSessionCommands() {
        String time = "0000000000000001";
        String id = "0000000000000011";
        SessionPassword password = SessionPassword.copyOf(HexFormat.of().parseHex(PASSWORD));
        assertThat(hex(new ZnodeCommand.CreateSession(0x11, password, 6000)))
                .isEqualTo(time + "07" + id + "00001770" + PASSWORD);
        assertThat(hex(new ZnodeCommand.AttachSession(0x11, password, 6000)))
                .isEqualTo(time + "0d" + id + "00001770" + PASSWORD);
        assertThat(hex(new ZnodeCommand.CloseSession(0x11))).isEqualTo(time + "08" + id);
        assertThat(hex(new ZnodeCommand.ExpireSessions(3, List.of(1L, 2L))))
                .isEqualTo(time + "09" + "0000000000000003" + "00000002" + "0000000000000001" + "0000000000000002");
        assertThat(hex(new ZnodeCommand.Sync())).isEqualTo(time + "0a");
        assertThat(hex(new ZnodeCommand.DeleteContainer("/c"))).isEqualTo(time + "0c" + "00000002" + "2f63");
        assertThat(hex(new ZnodeCommand.ClientRequest(
                        0x11, List.of(new Identity("ip", "::1")), new ZnodeCommand.Delete("/c", -1))))
                .isEqualTo(time + "0e" + id + "00" + "00000001" + "0002" + "6970" + "0003" + "3a3a31" + "03"
                        + "00000002" + "2f63" + "ffffffff");
    }

    @Test
    void shouldKeepTheLayoutOfEntries() {
        // when
        ByteBuffer entry = EntryCodec.encode(
                new Origin(3, 0x44),
                5,
                0x66,
                List.of(CommandCodec.encode(new TimedCommand(1, new ZnodeCommand.Sync())), CommandCodec.encode(MULTI)));

        // then
        byte[] bytes = new byte[entry.remaining()];
        entry.duplicate().get(bytes);
        assertThat(HexFormat.of().formatHex(bytes))
                .startsWith("04" + "00000003" + "0000000000000044" + "0000000000000005" + "0000000000000066"
                        + "00000002" + "0000000000000001" + "0a" + "0102030405060708" + "06");
        assertThat(EntryCodec.decode(entry, new AclPool()))
                .isEqualTo(new CommandEntry(
                        new Origin(3, 0x44), 5, 0x66, List.of(new TimedCommand(1, new ZnodeCommand.Sync()), MULTI)));
    }

    @Test
    void shouldMakeEqualAccessListsOneObject() {
        // given
        AclPool pool = new AclPool();
        List<Acl> acl = List.of(new Acl(Acl.READ, new Identity("digest", "ann:x")));
        byte[] encoded = CommandCodec.encode(new TimedCommand(1, new ZnodeCommand.SetAcl("/a", acl, -1)));

        // when
        CommandEntry entry = EntryCodec.decode(EntryCodec.encode(Trees.ORIGIN, 0, 0, List.of(encoded, encoded)), pool);

        // then
        assertThat(((ZnodeCommand.SetAcl) entry.commands().get(0).command()).acl())
                .isEqualTo(acl)
                .isSameAs(((ZnodeCommand.SetAcl) entry.commands().get(1).command()).acl());
    }

    @Test
    void shouldDecodeWhatItEncoded() {
        for (int seed = 0; seed < 1_000; seed++) {
            // given
            TimedCommand command = new RandomCommands(seed).next();

            // when
            CommandEntry decoded = decode(entry(command));

            // then
            assertThat(decoded.commands()).as("seed %d", seed).containsExactly(command);
        }
    }

    @Test
    void shouldRefuseEveryCutAndAnyByteTooMany() {
        // given
        byte[] encoded = entry(MULTI);

        for (int length = 0; length < encoded.length; length++) {
            // when, then
            byte[] cut = Arrays.copyOf(encoded, length);
            assertThatThrownBy(() -> decode(cut)).as("length %d", length).isInstanceOf(MalformedCommandException.class);
        }
        byte[] longer = Arrays.copyOf(encoded, encoded.length + 1);
        assertThatThrownBy(() -> decode(longer)).isInstanceOf(MalformedCommandException.class);
    }

    @Test
    void shouldDecodeOrRefuseRandomBytesAndNothingElse() {
        for (int seed = 0; seed < 20_000; seed++) {
            // given: random bytes behind a good beginning, or a good entry with some bytes changed, but for its version
            Random random = new Random(seed);
            byte[] bytes;
            if (seed % 2 == 0) {
                byte[] command = new byte[9 + random.nextInt(100)];
                random.nextBytes(command);
                command[8] = (byte) (1 + random.nextInt(15));
                bytes = entry(command);
            } else {
                bytes = entry(MULTI);
                for (int i = 0; i < 3; i++) {
                    bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt();
                }
            }

            // when, then
            try {
                assertThat(decode(bytes).commands()).as("seed %d", seed).isNotEmpty();
            } catch (MalformedCommandException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
    }

    @Test
    void shouldRefuseFewBytesThatStandForManyLongPaths() {
        // given: 2,000 deletes of the same path of 20,000 bytes
        List<ZnodeCommand.Operation> deletes = new ArrayList<>();
        ZnodeCommand.Operation delete = new ZnodeCommand.Delete("/" + "a".repeat(20_000), 0);
        for (int i = 0; i < 2_000; i++) {
            deletes.add(delete);
        }

        // when, then
        assertThatThrownBy(() -> CommandCodec.encode(new TimedCommand(1, new ZnodeCommand.Multi(deletes))))
                .isInstanceOf(CommandTooLargeException.class);
        byte[] fewer = CommandCodec.encode(new TimedCommand(1, new ZnodeCommand.Multi(deletes.subList(0, 800))));
        byte[] more = Arrays.copyOf(fewer, fewer.length + 100 * 9);
        ByteBuffer.wrap(more).putInt(9, 900);
        for (int i = 0; i < 100; i++) {
            System.arraycopy(fewer, fewer.length - 9, more, fewer.length + 9 * i, 9);
        }
        assertThatThrownBy(() -> decode(entry(more)))
                .isInstanceOf(MalformedCommandException.class)
                .hasMessageContaining("bytes of paths");
    }

    @Test
    void shouldRefuseToEncodeWhatDoesNotFitIntoARaftEntry() {
        // given
        ZnodeData data = ZnodeData.copyOf(new byte[CommandCodec.MAX_COMMAND_BYTES]);

        // when, then
        assertThatThrownBy(() -> CommandCodec.encode(new TimedCommand(1, ZnodeCommand.Create.persistent("/a", data))))
                .isInstanceOf(CommandTooLargeException.class);
    }

    private static byte[] entry(TimedCommand command) {
        return entry(CommandCodec.encode(command));
    }

    private static byte[] entry(byte[] command) {
        return EntryCodec.encode(Trees.ORIGIN, 0, 0, List.of(command)).array();
    }

    private static CommandEntry decode(byte[] entry) {
        return EntryCodec.decode(ByteBuffer.wrap(entry), new AclPool());
    }

    private static String hex(ZnodeCommand command) {
        return HexFormat.of().formatHex(CommandCodec.encode(new TimedCommand(1, command)));
    }
}
