package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.oarlog.client.SimulatedCluster.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ProducerTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration LONG = Duration.ofSeconds(50);

    private final SimulatedCluster cluster = new SimulatedCluster(3, 3);

    @AfterEach
    void stop() {
        cluster.close();
    }

    private ProducerSettings settings() {
        return ProducerSettings.defaults(cluster.bootstrap());
    }

    private static ProducerRecord record(int partition, String value) {
        return new ProducerRecord(SimulatedCluster.TOPIC, partition, null, value.getBytes(StandardCharsets.UTF_8));
    }

    private static List<CompletableFuture<RecordMetadata>> send(Producer producer, int count) {
        List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(producer.send(record(0, "v" + i)));
        }
        return sent;
    }

    private static List<String> values(int count) {
        return IntStream.range(0, count).mapToObj(i -> "v" + i).toList();
    }

    private static int count(MemoryRecords records) {
        int count = 0;
        for (var unused : records.records()) {
            count++;
        }
        return count;
    }

    @Test
    void shouldTellWhereARecordIsStored() {
        try (Producer producer = new Producer(settings())) {
            // when
            RecordMetadata first = producer.send(record(1, "a")).join();
            RecordMetadata second = producer.send(record(1, "b")).join();

            // then
            assertThat(first.partition()).isEqualTo(1);
            assertThat(first.offset()).isZero();
            assertThat(second.offset()).isEqualTo(1);
            assertThat(second.timestamp()).isPositive();
        }
    }

    @Test
    void shouldSendOneBatchWhenRecordsLinger() {
        try (Producer producer = new Producer(settings().withLinger(Duration.ofMillis(300)))) {
            // when
            CompletableFuture.allOf(send(producer, 20).toArray(CompletableFuture<?>[]::new))
                    .join();

            // then
            assertThat(cluster.values(0)).isEqualTo(values(20));
            assertThat(cluster.batchCount(0)).isEqualTo(1);
        }
    }

    @Test
    void shouldSendAFullBatchAtOnceWhenLingerIsLong() {
        try (Producer producer = new Producer(settings().withLinger(LONG).withBatchBytes(1024))) {
            // when
            List<CompletableFuture<RecordMetadata>> sent = send(producer, 200);

            // then
            await().atMost(LIMIT).until(() -> sent.get(0).isDone());
            assertThat(sent.get(199)).isNotDone();
            producer.flush();
            assertThat(sent.get(199)).isCompleted();
        }
    }

    @Test
    void shouldGatherRecordsInOneBatchWhileOthersAreInFlight() {
        // given
        cluster.withFaults((partition, records) -> new Fault.Delay(200));
        try (Producer producer = new Producer(settings().withMaxInFlight(1))) {
            producer.send(record(0, "first")).join();

            // when: the first of them is in flight alone
            send(producer, 100);
            producer.flush();

            // then
            assertThat(cluster.values(0)).hasSize(101);
            assertThat(cluster.batchCount(0)).isLessThanOrEqualTo(4);
        }
    }

    @Test
    void shouldKeepSeveralBatchesInFlightWhenIdempotent() {
        // given
        cluster.withFaults((partition, records) -> new Fault.Delay(20));
        try (Producer producer = new Producer(settings().withBatchBytes(1024))) {
            // when
            send(producer, 2000);
            producer.flush();

            // then
            assertThat(cluster.values(0)).isEqualTo(values(2000));
        }
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void shouldStoreRecordsWhenCompressed(Compression compression) {
        try (Producer producer = new Producer(settings().withCompression(compression))) {
            // when
            send(producer, 500);
            producer.flush();
        }

        // then
        assertThat(cluster.values(0)).isEqualTo(values(500));
    }

    @Test
    void shouldSplitTheBatchWhenTheBrokerFindsItTooLarge() {
        // given
        cluster.withFaults((partition, records) ->
                count(records) > 3 ? new Fault.Answer(Errors.MESSAGE_TOO_LARGE, false) : SimulatedCluster.NONE);
        try (Producer producer = new Producer(settings().withLinger(Duration.ofMillis(100)))) {
            // when
            List<CompletableFuture<RecordMetadata>> sent = send(producer, 50);
            producer.flush();

            // then
            assertThat(cluster.values(0)).isEqualTo(values(50));
            assertThat(sent.get(49).join().offset()).isEqualTo(49);
        }
    }

    @Test
    void shouldRejectARecordWhenItIsTooLargeAloneAndGoOn() {
        // given
        cluster.withFaults((partition, records) -> records.sizeInBytes() > 5_000
                ? new Fault.Answer(Errors.MESSAGE_TOO_LARGE, false)
                : SimulatedCluster.NONE);
        try (Producer producer = new Producer(settings())) {
            // when
            CompletableFuture<RecordMetadata> large = producer.send(record(0, "x".repeat(10_000)));
            CompletableFuture<RecordMetadata> small = producer.send(record(0, "small"));

            // then
            assertThatThrownBy(large::join).hasCauseInstanceOf(RejectedRecordException.class);
            assertThat(small.join().offset()).isZero();
        }
    }

    @Test
    void shouldRejectARecordWhenItCannotFitTheBuffer() {
        ProducerSettings small = settings().withBatchBytes(1024).withBufferBytes(4096);
        try (Producer producer = new Producer(small)) {
            assertThatThrownBy(
                            () -> producer.send(record(0, "x".repeat(10_000))).join())
                    .hasCauseInstanceOf(RejectedRecordException.class);
        }
    }

    @Test
    void shouldCountAsStoredWhenTheBrokerSaysDuplicate() {
        // given
        cluster.withFaults((partition, records) -> new Fault.Answer(Errors.DUPLICATE_SEQUENCE_NUMBER, true));
        try (Producer producer = new Producer(settings())) {
            // when
            RecordMetadata metadata = producer.send(record(0, "a")).join();

            // then
            assertThat(metadata.hasOffset()).isFalse();
        }
    }

    @Test
    void shouldSayUnknownWhenNoAnswerComesInTime() {
        // given
        cluster.withFaults((partition, records) -> new Fault.Delay(2_000));
        try (Producer producer = new Producer(settings().withDeliveryTimeout(Duration.ofMillis(200)))) {
            // when
            CompletableFuture<RecordMetadata> sent = producer.send(record(0, "a"));

            // then
            assertThatThrownBy(sent::join).hasCauseInstanceOf(UnknownOutcomeException.class);
        }
    }

    @Test
    void shouldSayUnknownWhenTheConnectionIsLostAgainAndAgain() {
        // given
        cluster.withFaults((partition, records) -> new Fault.Drop(false));
        try (Producer producer = new Producer(settings().withDeliveryTimeout(Duration.ofMillis(300)))) {
            assertThatThrownBy(() -> producer.send(record(0, "a")).join())
                    .hasCauseInstanceOf(UnknownOutcomeException.class);
        }
    }

    @Test
    void shouldSayNotSentWhenReplicasAreMissingUntilTheDeadline() {
        // given
        cluster.withFaults((partition, records) -> new Fault.Answer(Errors.NOT_ENOUGH_REPLICAS, false));
        try (Producer producer = new Producer(settings().withDeliveryTimeout(Duration.ofMillis(300)))) {
            assertThatThrownBy(() -> producer.send(record(0, "a")).join()).hasCauseInstanceOf(NotSentException.class);
        }
    }

    @Test
    void shouldSayNotSentWhenNoBrokerIsThere() {
        // given
        ProducerSettings settings = settings().withDeliveryTimeout(Duration.ofMillis(300));
        cluster.close();
        try (Producer producer = new Producer(settings)) {
            assertThatThrownBy(() -> producer.send(record(0, "a")).join()).hasCauseInstanceOf(NotSentException.class);
            assertThatThrownBy(() ->
                            producer.send(ProducerRecord.of("t", null, null)).join())
                    .hasCauseInstanceOf(NotSentException.class);
        }
    }

    @Test
    void shouldRejectWhenTheTopicDoesNotExistUntilTheDeadline() {
        // given
        cluster.setKnowsTopic(false);
        try (Producer producer = new Producer(settings().withDeliveryTimeout(Duration.ofMillis(300)))) {
            assertThatThrownBy(() -> producer.send(record(0, "a")).join())
                    .hasCauseInstanceOf(RejectedRecordException.class);
            assertThatThrownBy(() ->
                            producer.send(ProducerRecord.of("t", null, null)).join())
                    .hasCauseInstanceOf(RejectedRecordException.class);
        }
    }

    @Test
    void shouldDeliverWhenTheTopicAppearsBeforeTheDeadline() {
        // given
        cluster.setKnowsTopic(false);
        try (Producer producer = new Producer(settings())) {
            CompletableFuture<RecordMetadata> sent = producer.send(record(0, "a"));

            // when
            cluster.setKnowsTopic(true);

            // then
            assertThat(sent.join().offset()).isZero();
        }
    }

    @Test
    void shouldNotSendMoreThanTheBufferHoldsWhenNothingIsAcknowledged() {
        // given
        for (int id = 1; id <= 3; id++) {
            cluster.broker(id).hang();
        }
        ProducerSettings small =
                settings().withBatchBytes(1024).withBufferBytes(4096).withDeliveryTimeout(Duration.ofMillis(500));
        try (Producer producer = new Producer(small)) {
            // when: each record fills a batch
            List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                sent.add(producer.send(record(0, "x".repeat(900))));
            }

            // then: the fifth had to wait until the first was given up, or gave up itself just before
            assertThat(sent.get(0).isDone() || sent.get(4).isCompletedExceptionally())
                    .isTrue();
            assertThatThrownBy(() -> sent.get(0).join()).hasCauseInstanceOf(NotSentException.class);
        }
    }

    @Test
    void shouldSayNotSentWhenTheBufferStaysFull() {
        // given: half a buffer that is freed by nobody
        cluster.withFaults((partition, records) -> new Fault.Delay(1_000));
        ProducerSettings small = settings().withBatchBytes(1024).withBufferBytes(1024);
        try (Producer patient = new Producer(small)) {
            CompletableFuture<RecordMetadata> first = patient.send(record(0, "a"));
            await().atMost(LIMIT).until(() -> cluster.produceRequests() > 0);

            // when: an interrupted sender does not wait for room
            Thread.currentThread().interrupt();
            CompletableFuture<RecordMetadata> second = patient.send(record(0, "b"));

            // then
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(second::join).hasCauseInstanceOf(NotSentException.class);
            assertThat(first.join().offset()).isZero();
        }
    }

    @Test
    void shouldCompleteWhenHandedOverIfAcksAreNone() {
        try (Producer producer = new Producer(settings().withAcks(Acks.NONE))) {
            // when
            RecordMetadata metadata = producer.send(record(0, "a")).join();

            // then
            assertThat(metadata.hasOffset()).isFalse();
            await().atMost(LIMIT).until(() -> cluster.values(0).equals(List.of("a")));
        }
    }

    @Test
    void shouldKeepTheOrderWhenNotIdempotent() {
        // given
        AtomicInteger requests = new AtomicInteger();
        cluster.withFaults((partition, records) ->
                requests.incrementAndGet() % 3 == 0 ? new Fault.Drop(false) : SimulatedCluster.NONE);
        try (Producer producer = new Producer(settings().withAcks(Acks.LEADER).withBatchBytes(1024))) {
            // when
            send(producer, 500);
            producer.flush();
        }

        // then
        assertThat(cluster.values(0)).isEqualTo(values(500));
    }

    @Test
    void shouldWaitForOutcomesWhenClosed() {
        // given
        cluster.withFaults((partition, records) -> new Fault.Delay(200));
        Producer producer = new Producer(settings().withLinger(LONG));
        List<CompletableFuture<RecordMetadata>> sent = send(producer, 10);

        // when
        producer.close();

        // then
        assertThat(sent).allMatch(CompletableFuture::isDone);
        assertThat(cluster.values(0)).isEqualTo(values(10));
        assertThatThrownBy(() -> producer.send(record(0, "late")).join()).hasCauseInstanceOf(NotSentException.class);
    }

    @Test
    void shouldSendFromACallback() {
        try (Producer producer = new Producer(settings())) {
            // when
            CompletableFuture<RecordMetadata> second =
                    producer.send(record(0, "a")).thenCompose(metadata -> producer.send(record(0, "b")));

            // then
            assertThat(second.join().offset()).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseToWaitForItselfWhenFlushedFromACallback() {
        try (Producer producer = new Producer(settings())) {
            CompletableFuture<Void> flushed = producer.send(record(0, "a")).thenRun(producer::flush);
            assertThatThrownBy(flushed::join)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldSpreadRecordsWhenTheyHaveNoKey() {
        try (Producer producer = new Producer(settings().withBatchBytes(1024))) {
            // when: more than a hundred batches, each of which goes elsewhere than the one before
            for (int i = 0; i < 10_000; i++) {
                var unused = producer.send(
                        ProducerRecord.of(SimulatedCluster.TOPIC, null, "value".getBytes(StandardCharsets.UTF_8)));
            }
            producer.flush();
        }

        // then
        Set<Integer> used = new HashSet<>();
        for (int partition = 0; partition < 3; partition++) {
            if (!cluster.values(partition).isEmpty()) {
                used.add(partition);
            }
        }
        assertThat(used).containsExactly(0, 1, 2);
    }

    @Test
    void shouldFollowTheLeaderQuicklyWhenItsBrokerDies() {
        try (Producer producer = new Producer(settings())) {
            producer.send(record(0, "v0")).join();

            // when
            cluster.broker(1).close();
            CompletableFuture<RecordMetadata> sent = producer.send(record(0, "v1"));
            await().pollDelay(Duration.ofMillis(700)).until(() -> true);
            assertThat(sent).isNotDone();
            long elected = System.nanoTime();
            cluster.moveLeader(0, 2);

            // then
            assertThat(sent.join().offset()).isEqualTo(1);
            assertThat(Duration.ofNanos(System.nanoTime() - elected)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void shouldFollowTheLeaderBeforeTheRequestTimeoutWhenItsBrokerHangs() {
        try (Producer producer = new Producer(settings().withRequestTimeout(Duration.ofSeconds(40)))) {
            producer.send(record(0, "v0")).join();

            // when
            cluster.broker(1).hang();
            CompletableFuture<RecordMetadata> sent = producer.send(record(0, "v1"));
            cluster.moveLeader(0, 2);

            // then: the simulated broker stores what it hangs on, so the record may be there already, and once
            assertThat(sent.orTimeout(10, TimeUnit.SECONDS).join().partition()).isZero();
            assertThat(cluster.values(0)).containsExactly("v0", "v1");
        }
    }

    @Test
    void shouldGoOnUnderANewSequenceWhenTheBrokerForgotTheProducer() {
        // given
        AtomicInteger requests = new AtomicInteger();
        cluster.withFaults((partition, records) -> requests.incrementAndGet() == 3
                ? new Fault.Answer(Errors.UNKNOWN_PRODUCER_ID, false)
                : SimulatedCluster.NONE);
        try (Producer producer = new Producer(settings())) {
            // when
            for (int i = 0; i < 6; i++) {
                producer.send(record(0, "v" + i)).join();
            }
        }

        // then
        assertThat(cluster.values(0)).isEqualTo(values(6));
    }
}
