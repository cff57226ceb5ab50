package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutcomeCodecTest {
    private static final ZnodeStat STAT = new ZnodeStat(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    private static final List<ZnodeResult> RESULTS = List.of(
            new ZnodeResult.Created("/a", STAT),
            new ZnodeResult.DataSet(STAT),
            new ZnodeResult.Deleted(),
            new ZnodeResult.Checked(),
            new ZnodeResult.MultiDone(
                    List.of(new ZnodeResult.Created("/a/b", STAT), new ZnodeResult.Created("/a/c", STAT))),
            new ZnodeResult.MultiDone(List.of()),
            new ZnodeResult.MultiFailed(3, 1, ZnodeError.NOT_EMPTY),
            new ZnodeResult.SessionCreated(),
            new ZnodeResult.SessionsEnded(List.of(1L, -1L)),
            new ZnodeResult.Synced(),
            new ZnodeResult.Failed(ZnodeError.MALFORMED));

    @Test
    void shouldDecodeWhatItEncoded() {
        for (ZnodeResult result : RESULTS) {
            // given
            CommandOutcome outcome = new CommandOutcome(77, result);

            // when
            CommandOutcome decoded = OutcomeCodec.decode(ByteBuffer.wrap(OutcomeCodec.encode(outcome)));

            // then
            assertThat(decoded).isEqualTo(outcome);
        }
    }

    @Test
    void shouldKeepTheLayoutOfVersionOne() {
        assertThat(hex(new ZnodeResult.Created("/a", STAT)))
                .isEqualTo("01" + "0000000000000007" + "01" + "00000002" + "2f61" + "0000000000000001"
                        + "0000000000000002" + "0000000000000003" + "0000000000000004" + "0000000000000005"
                        + "00000006" + "00000007" + "0000000000000008" + "00000009" + "0000000a");
        assertThat(hex(new ZnodeResult.MultiFailed(3, 1, ZnodeError.BAD_VERSION)))
                .isEqualTo("01" + "0000000000000007" + "06" + "00000003" + "00000001" + "02");
        assertThat(hex(new ZnodeResult.Failed(ZnodeError.NOT_TRIED)))
                .isEqualTo("01" + "0000000000000007" + "0a" + "0a");
    }

    @Test
    void shouldDecodeOrRefuseRandomBytesAndNothingElse() {
        for (int seed = 0; seed < 20_000; seed++) {
            // given
            Random random = new Random(seed);
            byte[] bytes = OutcomeCodec.encode(new CommandOutcome(7, RESULTS.get(seed % RESULTS.size())));
            for (int i = 0; i < 3; i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }

            // when, then
            try {
                assertThat(OutcomeCodec.decode(ByteBuffer.wrap(bytes)))
                        .as("seed %d", seed)
                        .isNotNull();
            } catch (MalformedCommandException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
    }

    @Test
    void shouldRefuseEveryCut() {
        for (ZnodeResult result : RESULTS) {
            byte[] encoded = OutcomeCodec.encode(new CommandOutcome(7, result));
            for (int length = 0; length < encoded.length; length++) {
                ByteBuffer cut = ByteBuffer.wrap(encoded, 0, length);
                assertThatThrownBy(() -> OutcomeCodec.decode(cut))
                        .as("%s cut to %d", result, length)
                        .isInstanceOf(MalformedCommandException.class);
            }
        }
    }

    private static String hex(ZnodeResult result) {
        return HexFormat.of().formatHex(OutcomeCodec.encode(new CommandOutcome(7, result)));
    }
}
