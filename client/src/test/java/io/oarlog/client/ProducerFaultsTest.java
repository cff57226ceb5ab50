package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.oarlog.client.SimulatedCluster.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An idempotent producer against seeded schedules of faults. A failure names its seed. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ProducerFaultsTest {
    private static final int SEEDS = 120;
    private static final int PARALLEL = 6;
    private static final int PARTITIONS = 2;

    @Test
    void shouldStoreEachRecordOnceAndInOrderWhenFaultsPass() throws Exception {
        forEachSeed(seed -> {
            // given
            Random random = new Random(seed);
            try (SimulatedCluster cluster = new SimulatedCluster(3, PARTITIONS)) {
                cluster.withFaults((partition, records) -> passingFault(random));
                Run run = new Run(cluster, seed);

                // when
                run.send(settings(cluster, random).withDeliveryTimeout(Duration.ofSeconds(60)), 150);

                // then
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    assertThat(cluster.values(partition)).as("seed %d", seed).isEqualTo(run.sent(partition));
                }
                run.sent.forEach((value, future) -> run.assertStored(value, future.join()));
            }
        });
    }

    @Test
    void shouldTellTheTruthOfEachRecordAndStoreNoneTwiceWhenRecordsAreGivenUp() throws Exception {
        forEachSeed(seed -> {
            // given
            Random random = new Random(seed);
            try (SimulatedCluster cluster = new SimulatedCluster(3, PARTITIONS)) {
                cluster.withFaults((partition, records) -> poisoned(records) ? REJECTION : anyFault(random, records));
                Run run = new Run(cluster, seed);

                // when
                run.send(settings(cluster, random).withDeliveryTimeout(Duration.ofMillis(150)), 120);

                // then
                run.sent.forEach(run::assertTruth);
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    List<String> inOrder = new ArrayList<>(run.sent(partition));
                    inOrder.retainAll(cluster.values(partition));
                    assertThat(cluster.values(partition)).as("seed %d", seed).isEqualTo(inOrder);
                }
            }
        });
    }

    private static final Fault REJECTION = new Fault.Answer(Errors.INVALID_RECORD, false);

    private static boolean poisoned(MemoryRecords records) {
        for (Record record : records.records()) {
            if (Utils.utf8(Utils.toArray(record.value())).endsWith("7-poison")) {
                return true;
            }
        }
        return false;
    }

    /** Nothing that gives the producer reason to give up. */
    private static Fault passingFault(Random random) {
        return switch (random.nextInt(24)) {
            case 0 -> new Fault.Drop(false);
            case 1 -> new Fault.Drop(true);
            case 2 -> new Fault.MoveLeader(false, random.nextBoolean());
            case 3 -> new Fault.MoveLeader(true, random.nextBoolean());
            case 4 -> new Fault.Answer(Errors.NOT_ENOUGH_REPLICAS, false);
            case 5 -> new Fault.Answer(Errors.REQUEST_TIMED_OUT, random.nextBoolean());
            case 6 -> new Fault.Answer(Errors.KAFKA_STORAGE_ERROR, false);
            case 7 -> new Fault.Delay(random.nextInt(20));
            default -> SimulatedCluster.NONE;
        };
    }

    private static Fault anyFault(Random random, MemoryRecords records) {
        return switch (random.nextInt(30)) {
            case 0, 1 -> new Fault.DropAndAppendLater(random.nextInt(60));
            case 2 -> new Fault.Delay(random.nextInt(400));
            case 3 ->
                baseSequence(records) > 0 ? new Fault.Answer(Errors.UNKNOWN_PRODUCER_ID, false) : SimulatedCluster.NONE;
            case 4 -> new Fault.Answer(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, false);
            case 5 -> new Fault.Fence();
            case 6 -> new Fault.Answer(Errors.MESSAGE_TOO_LARGE, false);
            case 7 -> new Fault.Answer(Errors.NOT_ENOUGH_REPLICAS, false);
            default -> passingFault(random);
        };
    }

    private static int baseSequence(MemoryRecords records) {
        return records.batches().iterator().next().baseSequence();
    }

    private static ProducerSettings settings(SimulatedCluster cluster, Random random) {
        return ProducerSettings.defaults(cluster.bootstrap())
                .withBatchBytes(1024)
                .withLinger(Duration.ofMillis(random.nextInt(2)))
                .withMaxInFlight(1 + random.nextInt(5))
                .withRequestTimeout(Duration.ofMillis(500));
    }

    private static void forEachSeed(LongConsumer run) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(PARALLEL);
        List<CompletableFuture<Void>> runs = new ArrayList<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            long current = seed;
            runs.add(CompletableFuture.runAsync(() -> run.accept(current), threads));
        }
        try {
            for (int i = 0; i < runs.size(); i++) {
                try {
                    runs.get(i).join();
                } catch (CompletionException e) {
                    fail("seed " + (i + 1), e.getCause());
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** What one seed sends, and what became of it. */
    private static final class Run {
        private final SimulatedCluster cluster;
        private final long seed;
        private final Map<String, CompletableFuture<RecordMetadata>> sent = new HashMap<>();
        private final List<List<String>> inOrder = new ArrayList<>();

        Run(SimulatedCluster cluster, long seed) {
            this.cluster = cluster;
            this.seed = seed;
            for (int i = 0; i < PARTITIONS; i++) {
                inOrder.add(new ArrayList<>());
            }
        }

        void send(ProducerSettings settings, int records) {
            Random random = new Random(seed * 31);
            try (Producer producer = new Producer(settings)) {
                for (int i = 0; i < records; i++) {
                    int partition = random.nextInt(PARTITIONS);
                    String value = partition + "-" + i + "-" + (random.nextInt(60) == 0 ? "7-poison" : "x".repeat(90));
                    inOrder.get(partition).add(value);
                    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                    sent.put(value, producer.send(new ProducerRecord(SimulatedCluster.TOPIC, partition, null, bytes)));
                    if (random.nextInt(30) == 0) {
                        producer.flush();
                    }
                }
            }
        }

        List<String> sent(int partition) {
            return inOrder.get(partition);
        }

        void assertStored(String value, RecordMetadata metadata) {
            List<String> stored = cluster.values(metadata.partition());
            assertThat(stored).as("seed %d", seed).containsOnlyOnce(value);
            if (metadata.hasOffset()) {
                assertThat(stored.get((int) metadata.offset()))
                        .as("seed %d", seed)
                        .isEqualTo(value);
            }
        }

        void assertTruth(String value, CompletableFuture<RecordMetadata> future) {
            assertThat(future).as("seed %d: %s", seed, value).isDone();
            int partition = value.charAt(0) - '0';
            try {
                assertStored(value, future.join());
            } catch (CompletionException e) {
                if (e.getCause() instanceof UnknownOutcomeException) {
                    long count = cluster.values(partition).stream()
                            .filter(value::equals)
                            .count();
                    assertThat(count).as("seed %d: %s", seed, value).isLessThanOrEqualTo(1);
                } else {
                    assertThat(e.getCause())
                            .as("seed %d: %s", seed, value)
                            .isInstanceOfAny(NotSentException.class, RejectedRecordException.class);
                    assertThat(cluster.values(partition))
                            .as("seed %d: %s, %s", seed, value, e.getCause())
                            .doesNotContain(value);
                }
            }
        }
    }
}
