package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ConsumerTest {
    private static final TopicPartition P0 = new TopicPartition(SimulatedCluster.TOPIC, 0);
    private static final TopicPartition P1 = new TopicPartition(SimulatedCluster.TOPIC, 1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final SimulatedCluster cluster = new SimulatedCluster(3, 2);

    @AfterEach
    void stop() {
        cluster.close();
    }

    private ConsumerSettings settings() {
        return ConsumerSettings.defaults(cluster.bootstrap());
    }

    /** Appends one batch of so many records, whose values go on from the log's end offset. */
    private void append(int partition, int count, Compression compression) {
        cluster.append(partition, batch(cluster.values(partition).size(), count, compression));
    }

    private static MemoryRecords batch(long from, int count, Compression compression) {
        SimpleRecord[] records = LongStream.range(from, from + count)
                .mapToObj(i -> new SimpleRecord(i, null, ("v" + i).getBytes(StandardCharsets.UTF_8)))
                .toArray(SimpleRecord[]::new);
        return MemoryRecords.withRecords(
                from,
                org.apache.kafka.common.compress.Compression.of(compression.wireType())
                        .build(),
                records);
    }

    private static List<Long> poll(Consumer consumer, int count) {
        List<Long> offsets = new ArrayList<>();
        while (offsets.size() < count) {
            assertThat(Thread.currentThread().isInterrupted())
                    .as("timed out with %s", offsets)
                    .isFalse();
            for (ConsumedRecord record : consumer.poll(SECOND)) {
                assertThat(new String(record.value() == null ? new byte[0] : record.value(), StandardCharsets.UTF_8))
                        .isEqualTo("v" + record.offset());
                offsets.add(record.offset());
            }
        }
        return offsets;
    }

    private static List<Long> offsets(int from, int toExclusive) {
        return LongStream.range(from, toExclusive).boxed().toList();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void shouldReadFromTheBeginningToTheEndWhenAssigned(Compression compression) {
        // given
        for (int i = 0; i < 10; i++) {
            append(0, 20, compression);
        }
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));

            // when
            List<Long> read = poll(consumer, 200);

            // then
            assertThat(read).isEqualTo(offsets(0, 200));
            assertThat(consumer.position(P0)).isEqualTo(200);
            assertThat(consumer.endOffsets(List.of(P0))).isEqualTo(Map.of(P0, 200L));
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void shouldSkipWhatIsBeforeThePositionWhenItIsInsideABatch(Compression compression) {
        // given
        append(0, 20, compression);
        append(0, 20, compression);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));

            // when
            consumer.seek(P0, 13);

            // then
            assertThat(poll(consumer, 27)).isEqualTo(offsets(13, 40));
        }
    }

    @Test
    void shouldReturnNoMoreThanAskedAndGoOnWhereItStopped() {
        // given
        append(0, 25, Compression.ZSTD);
        try (Consumer consumer = new Consumer(settings().withMaxPollRecords(10))) {
            consumer.assign(List.of(P0));
            consumer.seekToBeginning(List.of(P0));

            // when
            List<ConsumedRecord> first = consumer.poll(SECOND);

            // then
            assertThat(first).hasSize(10);
            assertThat(consumer.position(P0)).isEqualTo(10);
            assertThat(poll(consumer, 15)).isEqualTo(offsets(10, 25));
        }
    }

    @Test
    void shouldForgetWhatWasFetchedWhenSought() {
        // given
        append(0, 100, Compression.NONE);
        try (Consumer consumer = new Consumer(settings().withMaxPollRecords(10))) {
            consumer.assign(List.of(P0));
            poll(consumer, 10);

            // when
            consumer.seek(P0, 50);

            // then
            assertThat(consumer.position(P0)).isEqualTo(50);
            assertThat(poll(consumer, 10)).isEqualTo(offsets(50, 60));
        }
    }

    @Test
    void shouldWaitForNewRecordsWhenAtTheEnd() {
        // given
        append(0, 5, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));
            consumer.seekToEnd(List.of(P0));
            assertThat(consumer.poll(Duration.ofMillis(100))).isEmpty();

            // when
            append(0, 5, Compression.NONE);

            // then
            assertThat(poll(consumer, 5)).isEqualTo(offsets(5, 10));
        }
    }

    @Test
    void shouldReadAllPartitionsAndStopThoseThatAreUnassigned() {
        // given
        append(0, 10, Compression.NONE);
        append(1, 10, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0, P1));
            poll(consumer, 20);

            // when
            consumer.assign(List.of(P1));
            append(0, 10, Compression.NONE);
            append(1, 10, Compression.NONE);

            // then
            assertThat(poll(consumer, 10)).isEqualTo(offsets(10, 20));
            assertThat(consumer.assignment()).containsExactly(P1);
            assertThatThrownBy(() -> consumer.position(P0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldPassOverControlBatches() {
        // given
        append(0, 3, Compression.NONE);
        MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                3, 0L, 0, 7L, (short) 0, new EndTransactionMarker(ControlRecordType.COMMIT, 0));
        cluster.appendRaw(0, marker.buffer(), 1);
        append(0, 2, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));

            // when
            List<Long> read = poll(consumer, 5);

            // then
            assertThat(read).containsExactly(0L, 1L, 2L, 4L, 5L);
        }
    }

    @Test
    void shouldReturnWhatIsBeforeACorruptBatchThenThrowAtEachPoll() {
        // given
        append(0, 5, Compression.NONE);
        ByteBuffer corrupt = ByteBuffer.allocate(1024);
        corrupt.put(batch(5, 5, Compression.NONE).buffer()).flip();
        corrupt.put(corrupt.limit() - 1, (byte) ~corrupt.get(corrupt.limit() - 1));
        cluster.appendRaw(0, corrupt, 5);
        append(0, 5, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));

            // when
            assertThat(poll(consumer, 5)).isEqualTo(offsets(0, 5));

            // then
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(5)))
                        .isInstanceOfSatisfying(
                                CorruptRecordException.class,
                                e -> assertThat(e.offset()).isEqualTo(5));
                assertThat(consumer.position(P0)).isEqualTo(5);
            }
            consumer.seek(P0, 10);
            assertThat(poll(consumer, 5)).isEqualTo(offsets(10, 15));
        }
    }

    @Test
    void shouldThrowWhenTheAnswerHoldsNoWholeBatch() {
        // given
        ByteBuffer cut = ByteBuffer.allocate(30)
                .put(batch(0, 5, Compression.NONE).buffer().slice(0, 30))
                .flip();
        cluster.appendRaw(0, cut, 5);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));

            // when, then
            assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(5))).isInstanceOf(CorruptRecordException.class);
        }
    }

    @Test
    void shouldThrowUntilSoughtWhenThePositionIsNotInTheLog() {
        // given
        append(0, 20, Compression.NONE);
        cluster.deleteBefore(0, 10);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));
            consumer.seek(P0, 3);

            // when, then
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(5)))
                        .isInstanceOfSatisfying(OffsetOutOfRangeException.class, e -> {
                            assertThat(e.offset()).isEqualTo(3);
                            assertThat(e.topicPartition()).isEqualTo(P0);
                        });
            }
            consumer.seekToBeginning(List.of(P0));
            assertThat(poll(consumer, 10)).isEqualTo(offsets(10, 20));
        }
    }

    @Test
    void shouldGoOnWithoutLossOrRepetitionWhenLeadersMoveAndConnectionsDrop() {
        // given
        try (Consumer consumer = new Consumer(settings().withMaxPollRecords(7))) {
            consumer.assign(List.of(P0));
            List<Long> read = new ArrayList<>();

            // when
            for (int round = 0; round < 20; round++) {
                append(0, 10, Compression.LZ4);
                if (round % 3 == 0) {
                    cluster.moveLeader(0, 1 + round % 2);
                } else if (round % 3 == 1) {
                    cluster.broker(cluster.leader(0)).dropConnections();
                }
                read.addAll(poll(consumer, 7));
            }
            read.addAll(poll(consumer, 200 - read.size()));

            // then
            assertThat(read).isEqualTo(offsets(0, 200));
        }
    }

    @Test
    void shouldFollowTheLeaderQuicklyWhenItsBrokerDies() {
        // given
        append(0, 10, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));
            poll(consumer, 10);

            // when
            cluster.broker(1).close();
            assertThat(consumer.poll(Duration.ofMillis(700))).isEmpty();
            cluster.moveLeader(0, 3);
            append(0, 10, Compression.NONE);
            long elected = System.nanoTime();

            // then
            assertThat(poll(consumer, 10)).isEqualTo(offsets(10, 20));
            assertThat(Duration.ofNanos(System.nanoTime() - elected)).isLessThan(SECOND);
        }
    }

    @Test
    void shouldFollowTheLeaderBeforeTheRequestTimeoutWhenItsBrokerHangs() {
        // given
        append(0, 10, Compression.NONE);
        try (Consumer consumer = new Consumer(settings().withRequestTimeout(Duration.ofSeconds(40)))) {
            consumer.assign(List.of(P0));
            poll(consumer, 10);

            // when
            cluster.broker(1).hang();
            cluster.moveLeader(0, 3);
            append(0, 10, Compression.NONE);

            // then
            assertThat(poll(consumer, 10)).isEqualTo(offsets(10, 20));
        }
    }

    @Test
    void shouldFindOffsetsByTime() {
        // given: the simulated clock shows the offset
        append(0, 10, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            // when
            Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(Map.of(P0, 7L, P1, 7L));

            // then
            assertThat(found).isEqualTo(Map.of(P0, new OffsetAndTimestamp(7, 7)));
        }
    }

    @Test
    void shouldAskTheNewLeaderForOffsetsWhenItMoves() {
        // given
        append(0, 10, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.endOffsets(List.of(P0, P1));

            // when
            cluster.moveLeader(0, 3);

            // then
            assertThat(consumer.endOffsets(List.of(P0, P1))).isEqualTo(Map.of(P0, 10L, P1, 0L));
        }
    }

    @Test
    void shouldSayThatATopicDoesNotExistOrThatNobodyAnswers() {
        // given
        cluster.setKnowsTopic(false);
        ConsumerSettings impatient = settings().withOperationTimeout(Duration.ofMillis(300));
        try (Consumer consumer = new Consumer(impatient)) {
            consumer.assign(List.of(P0));
            assertThatThrownBy(() -> consumer.endOffsets(List.of(P0))).isInstanceOf(UnknownTopicException.class);
            assertThatThrownBy(() -> consumer.poll(Duration.ofSeconds(5))).isInstanceOf(UnknownTopicException.class);
        }
        cluster.close();
        try (Consumer consumer = new Consumer(impatient)) {
            assertThatThrownBy(() -> consumer.endOffsets(List.of(P0))).isInstanceOf(BrokerUnavailableException.class);
        }
    }

    @Test
    void shouldRefuseUseWhenClosed() {
        Consumer consumer = new Consumer(settings());
        consumer.close();
        consumer.close();
        assertThatThrownBy(() -> consumer.poll(SECOND)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldReadEveryPartitionWhenAnswersHaveNoRoomForAll() {
        // given
        IntStream.range(0, 30).forEach(i -> append(0, 50, Compression.NONE));
        IntStream.range(0, 30).forEach(i -> append(1, 50, Compression.NONE));
        cluster.moveLeader(1, 1);
        try (Consumer consumer = new Consumer(settings().withMaxBytes(2_000).withMaxPartitionBytes(1_000))) {
            consumer.assign(List.of(P0, P1));

            // when
            List<Long> read = poll(consumer, 3_000);

            // then
            assertThat(read).hasSize(3_000);
            assertThat(consumer.position(P0)).isEqualTo(1_500);
            assertThat(consumer.position(P1)).isEqualTo(1_500);
        }
    }

    @Test
    void shouldReturnNothingOfAPausedPartitionAndGoOnWhereItWas() {
        // given
        append(0, 10, Compression.NONE);
        append(1, 10, Compression.NONE);
        try (Consumer consumer = new Consumer(settings().withMaxPollRecords(5))) {
            consumer.assign(List.of(P0));
            assertThat(poll(consumer, 5)).isEqualTo(offsets(0, 5));

            // when
            consumer.pause(List.of(P0));

            // then
            assertThat(consumer.poll(Duration.ofMillis(200))).isEmpty();
            assertThat(consumer.paused()).containsExactly(P0);
            consumer.assign(List.of(P0, P1));
            consumer.pause(List.of(P1));
            assertThat(consumer.poll(Duration.ofMillis(200))).isEmpty();
            consumer.seek(P0, 7);
            assertThat(consumer.poll(Duration.ofMillis(200))).isEmpty();
            consumer.resume(List.of(P0));
            assertThat(poll(consumer, 3)).isEqualTo(offsets(7, 10));
            consumer.resume(List.of(P1));
            assertThat(poll(consumer, 10)).isEqualTo(offsets(0, 10));
            assertThat(consumer.paused()).isEmpty();
            assertThatThrownBy(() -> consumer.pause(List.of(new TopicPartition("t", 7))))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldTellHowFarItIsBehind() {
        // given
        append(0, 20, Compression.NONE);
        append(1, 7, Compression.NONE);
        try (Consumer consumer = new Consumer(settings().withMaxPollRecords(8))) {
            consumer.assign(List.of(P0));
            assertThat(consumer.lag()).isEmpty();
            poll(consumer, 8);
            consumer.assign(List.of(P0, P1));
            consumer.seekToBeginning(List.of(P1));

            // when, then
            assertThat(consumer.lag()).isEqualTo(Map.of(P0, 12L, P1, 7L));
            poll(consumer, 19);
            assertThat(consumer.lag()).isEqualTo(Map.of(P0, 0L, P1, 0L));
        }
    }

    @Test
    void shouldGoOnAtATime() {
        // given: the simulated clock shows the offset
        append(0, 10, Compression.NONE);
        append(1, 3, Compression.NONE);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0, P1));

            // when
            consumer.seekToTime(List.of(P0, P1), Instant.ofEpochMilli(6));

            // then
            assertThat(consumer.position(P1)).as("has no such record").isEqualTo(3);
            assertThat(poll(consumer, 4)).isEqualTo(offsets(6, 10));
        }
    }

    @Test
    void shouldBeginAtTheEndWhenSetSo() {
        // given
        append(0, 10, Compression.NONE);
        try (Consumer consumer = new Consumer(settings().withStartAt(StartAt.END))) {
            consumer.assign(List.of(P0));
            assertThat(consumer.position(P0)).isEqualTo(10);

            // when
            append(0, 5, Compression.NONE);

            // then
            assertThat(poll(consumer, 5)).isEqualTo(offsets(10, 15));
        }
    }

    @Test
    void shouldBeBehindEachRecordThatItIterates() {
        // given
        append(0, 10, Compression.LZ4);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));
            List<Long> read = new ArrayList<>();

            // when
            for (ConsumedRecord record : consumer.records(Duration.ofMillis(500))) {
                read.add(record.offset());
                assertThat(consumer.position(P0)).isEqualTo(record.offset() + 1);
                if (record.offset() == 3) {
                    break;
                }
            }

            // then
            assertThat(read).isEqualTo(offsets(0, 4));
            assertThat(poll(consumer, 6)).isEqualTo(offsets(4, 10));
            assertThat(consumer.records(Duration.ofMillis(50)).iterator().hasNext())
                    .isFalse();
        }
    }

    @Test
    void shouldPublishAsManyRecordsAsAreAskedFor() {
        // given
        append(0, 10, Compression.NONE);
        Consumer consumer = new Consumer(settings());
        consumer.assign(List.of(P0));
        Flow.Publisher<ConsumedRecord> publisher = consumer.publisher();
        Collector subscriber = new Collector();

        // when
        publisher.subscribe(subscriber);
        subscriber.ask(3);

        // then
        await().until(() -> subscriber.received.size() >= 3);
        await().during(Duration.ofMillis(200)).until(() -> subscriber.received.size() == 3);
        subscriber.ask(Long.MAX_VALUE);
        await().until(() -> subscriber.received.size() == 10);
        append(0, 5, Compression.NONE);
        await().until(() -> subscriber.received.equals(offsets(0, 15)));
        assertThat(subscriber.failure).hasValue(null);
        Collector late = new Collector();
        publisher.subscribe(late);
        assertThat(late.failure.get()).isInstanceOf(IllegalStateException.class);
        consumer.close();
        append(0, 5, Compression.NONE);
        assertThat(subscriber.received).hasSize(15);
    }

    @Test
    void shouldTellTheSubscriberOfAnError() {
        // given
        append(0, 10, Compression.NONE);
        cluster.deleteBefore(0, 5);
        try (Consumer consumer = new Consumer(settings())) {
            consumer.assign(List.of(P0));
            consumer.seek(P0, 2);
            Collector subscriber = new Collector();

            // when
            consumer.publisher().subscribe(subscriber);
            subscriber.ask(1);

            // then
            await().until(() -> subscriber.failure.get() instanceof OffsetOutOfRangeException);
        }
    }

    private static final class Collector implements Flow.Subscriber<ConsumedRecord> {
        private final List<Long> received = new CopyOnWriteArrayList<>();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

        void ask(long records) {
            subscription.join().request(records);
        }

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription.complete(begun);
        }

        @Override
        public void onNext(ConsumedRecord record) {
            received.add(record.offset());
        }

        @Override
        public void onError(Throwable error) {
            failure.set(error);
        }

        @Override
        public void onComplete() {
            throw new AssertionError("a log has no end");
        }
    }
}
