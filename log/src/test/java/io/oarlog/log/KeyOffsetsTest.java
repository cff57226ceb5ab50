package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyOffsetsTest {
    private static ByteBuffer key(int number) {
        return ByteBuffer.allocate(8).putInt(0, 7).putInt(4, number).position(4);
    }

    @Test
    void shouldTellTheOffsetNotedLast() {
        // given
        SplittableRandom random = new SplittableRandom(3);
        KeyOffsets offsets = new KeyOffsets(1 << 20, 1_000);
        Map<Integer, Long> expected = new HashMap<>();

        // when
        for (long offset = 0; offset < 2_000; offset++) {
            int number = random.nextInt(1_000);
            assertThat(offsets.put(key(number), offset)).isTrue();
            expected.put(number, offset);
        }

        // then
        for (int number = 0; number < 1_000; number++) {
            assertThat(offsets.offsetOf(key(number))).isEqualTo(expected.getOrDefault(number, KeyOffsets.NONE));
        }
    }

    @Test
    void shouldTakeNoNewKeyWhenItIsFull() {
        // given: a quarter of the slots stays free
        KeyOffsets offsets = new KeyOffsets(40 * KeyOffsets.SLOT_BYTES, Integer.MAX_VALUE);
        for (int number = 0; number < 30; number++) {
            assertThat(offsets.put(key(number), number)).isTrue();
        }

        // when / then
        assertThat(offsets.put(key(30), 30)).isFalse();
        assertThat(offsets.offsetOf(key(30))).isEqualTo(KeyOffsets.NONE);
        assertThat(offsets.put(key(29), 31)).isTrue();
        assertThat(offsets.offsetOf(key(29))).isEqualTo(31);
    }

    @Test
    void shouldTakeAsManyKeysAsItWasToldToExpect() {
        for (int keys = 1; keys < 50; keys++) {
            KeyOffsets offsets = new KeyOffsets(1 << 20, keys);
            for (int number = 0; number < keys; number++) {
                assertThat(offsets.put(key(number), 0))
                        .as("%d of %d", number, keys)
                        .isTrue();
            }
        }
    }

    @Test
    void shouldRefuseToBeTooSmallForAKey() {
        assertThatThrownBy(() -> new KeyOffsets(KeyOffsets.SLOT_BYTES, 10))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
