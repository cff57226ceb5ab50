package io.oarlog.chaos.checker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongIntMapTest {
    @Test
    void shouldHoldWhatAMapHolds() {
        for (int seed = 0; seed < 100; seed++) {
            // given
            Random random = new Random(seed);
            long stride = seed % 2 == 0 ? 1 : 1L << 32;
            Map<Long, Integer> expected = new HashMap<>();
            LongIntMap map = new LongIntMap();

            // when
            for (int i = 0; i < 500; i++) {
                long key = (random.nextInt(400) - 200) * stride;
                if (random.nextBoolean()) {
                    expected.put(key, i);
                    map.put(key, i);
                } else {
                    Integer before = expected.putIfAbsent(key, i);
                    assertThat(map.putIfAbsent(key, i)).isEqualTo(before == null ? LongIntMap.ABSENT : before);
                }
            }

            // then
            assertThat(map.size()).as("seed %d", seed).isEqualTo(expected.size());
            for (long key = -250; key < 250; key++) {
                assertThat(map.get(key * stride))
                        .as("seed %d, key %d", seed, key)
                        .isEqualTo(expected.getOrDefault(key * stride, LongIntMap.ABSENT));
            }
        }
    }
}
