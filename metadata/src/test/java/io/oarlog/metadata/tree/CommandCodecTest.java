package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CommandCodecTest {
    private static final TimedCommand MULTI = new TimedCommand(
            0x0102030405060708L,
            new ZnodeCommand.Multi(List.of(
                    ZnodeCommand.Create.persistent("/topics/a", ZnodeData.utf8("xyz")),
                    ZnodeCommand.Create.ephemeral("/topics/b", ZnodeData.EMPTY, 0x77),
                    new ZnodeCommand.SetData("/topics", ZnodeData.utf8("q"), 5),
                    new ZnodeCommand.Check("/topics", -1),
                    new ZnodeCommand.CheckSame("/topics", 9),
                    new ZnodeCommand.Delete("/x", 2))));

    @Test
    void shouldKeepTheLayoutOfVersionOne() {
        // when
        byte[] encoded = CommandCodec.encode(MULTI);

        // then
        assertThat(HexFormat.of().formatHex(encoded))
                .isEqualTo("01" + "0102030405060708" + "06" + "00000006"
                        + "01" + "00000009" + "2f746f706963732f61" + "00" + "0000000000000000" + "00000003" + "78797a"
                        + "01" + "00080001" + "62" + "01" + "0000000000000077" + "00000000"
                        + "02" + "00070000" + "00000005" + "00000001" + "71"
                        + "04" + "00070000" + "ffffffff"
                        + "05" + "00070000" + "0000000000000009"
                        + "03" + "00010001" + "78" + "00000002");
    }

    @Test
    void shouldKeepTheLayoutOfSessionCommands() {
        assertThat(hex(new ZnodeCommand.CreateSession(0x11, 6000)))
                .isEqualTo("01" + "0000000000000001" + "07" + "0000000000000011" + "00001770");
        assertThat(hex(new ZnodeCommand.CloseSession(0x11)))
                .isEqualTo("01" + "0000000000000001" + "08" + "0000000000000011");
        assertThat(hex(new ZnodeCommand.ExpireSessions(List.of(1L, 2L))))
                .isEqualTo("01" + "0000000000000001" + "09" + "00000002" + "0000000000000001" + "0000000000000002");
        assertThat(hex(new ZnodeCommand.Sync())).isEqualTo("01" + "0000000000000001" + "0a");
    }

    @Test
    void shouldDecodeWhatItEncoded() {
        for (int seed = 0; seed < 1_000; seed++) {
            // given
            TimedCommand command = new RandomCommands(seed).next();

            // when
            TimedCommand decoded = CommandCodec.decode(ByteBuffer.wrap(CommandCodec.encode(command)));

            // then
            assertThat(decoded).as("seed %d", seed).isEqualTo(command);
        }
    }

    @Test
    void shouldRefuseEveryCutAndAnyByteTooMany() {
        // given
        byte[] encoded = CommandCodec.encode(MULTI);

        for (int length = 0; length < encoded.length; length++) {
            // when, then
            ByteBuffer cut = ByteBuffer.wrap(encoded, 0, length);
            assertThatThrownBy(() -> CommandCodec.decode(cut))
                    .as("length %d", length)
                    .isInstanceOf(MalformedCommandException.class);
        }
        ByteBuffer longer = ByteBuffer.allocate(encoded.length + 1).put(encoded).rewind();
        assertThatThrownBy(() -> CommandCodec.decode(longer)).isInstanceOf(MalformedCommandException.class);
    }

    @Test
    void shouldDecodeOrRefuseRandomBytesAndNothingElse() {
        for (int seed = 0; seed < 20_000; seed++) {
            // given: random bytes behind a good beginning, or a good command with some bytes changed
            Random random = new Random(seed);
            byte[] bytes;
            if (seed % 2 == 0) {
                bytes = new byte[10 + random.nextInt(100)];
                random.nextBytes(bytes);
                bytes[0] = 1;
                bytes[9] = (byte) (1 + random.nextInt(11));
            } else {
                bytes = CommandCodec.encode(MULTI);
                for (int i = 0; i < 3; i++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }

            // when, then
            try {
                TimedCommand decoded = CommandCodec.decode(ByteBuffer.wrap(bytes));
                assertThat(decoded.command()).as("seed %d", seed).isNotNull();
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
        byte[] encoded = CommandCodec.encode(new TimedCommand(1, new ZnodeCommand.Multi(deletes)));

        // when, then
        assertThatThrownBy(() -> CommandCodec.decode(ByteBuffer.wrap(encoded)))
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

    private static String hex(ZnodeCommand command) {
        return HexFormat.of().formatHex(CommandCodec.encode(new TimedCommand(1, command)));
    }
}
