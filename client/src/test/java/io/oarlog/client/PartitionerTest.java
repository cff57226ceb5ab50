package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

class PartitionerTest {
    private static final String TOPIC = "t";

    @Test
    void shouldChooseWhatKafkaChoosesForAKey() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            byte[] key = new byte[random.nextInt(40)];
            random.nextBytes(key);
            int partitions = 1 + random.nextInt(100);
            assertThat(Partitioner.forKey(key, partitions))
                    .isEqualTo(BuiltInPartitioner.partitionForKey(key, partitions));
        }
    }

    @Test
    void shouldStayUntilTheBatchIsSpentWhenThereIsNoKey() {
        // given
        Partitioner partitioner = new Partitioner(new Random(1));
        int current = partitioner.current(TOPIC, 4);

        // when
        int again = partitioner.current(TOPIC, 4);
        int next = partitioner.next(TOPIC, current, 4);

        // then
        assertThat(again).isEqualTo(current);
        assertThat(next).isNotEqualTo(current).isBetween(0, 3);
        assertThat(partitioner.current(TOPIC, 4)).isEqualTo(next);
    }

    @Test
    void shouldMoveOnOnceWhenTwoThreadsFindTheSameBatchSpent() {
        // given
        Partitioner partitioner = new Partitioner(new Random(1));
        int current = partitioner.current(TOPIC, 8);

        // when
        int first = partitioner.next(TOPIC, current, 8);
        int second = partitioner.next(TOPIC, current, 8);

        // then
        assertThat(second).isEqualTo(first);
    }
}
