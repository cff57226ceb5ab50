package io.oarlog.metadata.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PersistentSortedMapTest {
    @Test
    void shouldDoAsATreeMapDoesWhateverIsPutAndRemoved() {
        for (int seed = 0; seed < 1_000; seed++) {
            // given
            Random random = new Random(seed);
            TreeMap<Integer, Integer> expected = new TreeMap<>();
            PersistentSortedMap<Integer, Integer> map = PersistentSortedMap.empty();

            // when
            for (int step = 0; step < 200; step++) {
                int key = random.nextInt(50);
                if (random.nextInt(3) == 0) {
                    expected.remove(key);
                    map = map.remove(key);
                } else {
                    expected.put(key, step);
                    map = map.put(key, step);
                }
            }

            // then
            TreeMap<Integer, Integer> found = new TreeMap<>();
            map.forEach(found::put);
            assertThat(found).as("seed %d", seed).isEqualTo(expected);
            assertThat(map.keys()).as("seed %d", seed).isEqualTo(List.copyOf(expected.keySet()));
            assertThat(map.size()).as("seed %d", seed).isEqualTo(expected.size());
            for (int key = 0; key < 50; key++) {
                assertThat(map.get(key)).as("seed %d", seed).isEqualTo(expected.get(key));
            }
        }
    }

    @Test
    void shouldLeaveTheOldMapAsItIsWhenChanged() {
        // given
        PersistentSortedMap<String, Integer> old =
                PersistentSortedMap.<String, Integer>empty().put("a", 1).put("b", 2);

        // when
        PersistentSortedMap<String, Integer> changed = old.remove("a").put("c", 3);

        // then
        assertThat(old.keys()).containsExactly("a", "b");
        assertThat(changed.keys()).containsExactly("b", "c");
    }

    @Test
    void shouldStayShallowWhenKeysComeInOrder() {
        // given
        PersistentSortedMap<Integer, Integer> map = PersistentSortedMap.empty();

        // when: an unbalanced tree would overflow the stack
        for (int key = 0; key < 200_000; key++) {
            map = map.put(key, key);
        }
        for (int key = 0; key < 100_000; key++) {
            map = map.remove(key);
        }

        // then
        assertThat(map.size()).isEqualTo(100_000);
        assertThat(map.get(99_999)).isNull();
        assertThat(map.get(100_000)).isEqualTo(100_000);
    }

    @Test
    void shouldBeMadeOfSortedKeysAsIfTheyHadBeenPut() {
        for (int size = 0; size < 200; size++) {
            // given
            List<Integer> keys = IntStream.range(0, size).boxed().toList();

            // when
            PersistentSortedMap<Integer, Integer> map = PersistentSortedMap.ofSorted(keys, keys);
            List<Integer> iterated = new ArrayList<>();
            map.iterator().forEachRemaining(entry -> iterated.add(entry.getValue()));

            // then
            assertThat(map.keys()).isEqualTo(keys);
            assertThat(iterated).isEqualTo(keys);
            assertThat(map.put(size, -1).remove(size / 2).size()).isEqualTo(size);
        }
        for (List<Integer> wrong : List.of(List.of(1, 1), List.of(2, 1), List.of(1, 3, 2))) {
            assertThatThrownBy(() -> PersistentSortedMap.ofSorted(wrong, wrong))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
