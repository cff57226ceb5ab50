package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ClusterViewTest {
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final Uuid TOPIC_ID = new Uuid(1, 1);

    private final AtomicInteger requests = new AtomicInteger();
    private volatile MetadataResponseData answer = answer(TOPIC_ID, 1, 5);
    private final ScriptedBroker broker = ScriptedBroker.start(request -> {
        requests.incrementAndGet();
        return answer;
    });
    private final ClientCore core = ClientCore.start("view-test", broker.address(), Duration.ofSeconds(5));

    @AfterEach
    void stop() {
        core.close();
        broker.close();
    }

    private static MetadataResponseData answer(Uuid topicId, int leader, int epoch) {
        MetadataResponseData data = new MetadataResponseData();
        MetadataResponseTopic topic = new MetadataResponseTopic().setName("t").setTopicId(topicId);
        topic.partitions()
                .add(new MetadataResponsePartition()
                        .setPartitionIndex(0)
                        .setLeaderId(leader)
                        .setLeaderEpoch(epoch));
        data.topics().add(topic);
        return data;
    }

    private <T> T onLoop(Supplier<T> task) {
        return CompletableFuture.supplyAsync(task, core.loop()::execute).join();
    }

    private @Nullable PartitionLeader learned(MetadataResponseData news) {
        return onLoop(() -> {
                    core.cluster().learn(news);
                    return List.of(core.cluster().leader(PARTITION));
                })
                .get(0);
    }

    @Test
    void shouldNeverGoBackToAnOlderEpoch() {
        assertThat(learned(answer(TOPIC_ID, 1, 5))).isEqualTo(new PartitionLeader(1, 5));
        assertThat(learned(answer(TOPIC_ID, 2, 4))).isEqualTo(new PartitionLeader(1, 5));
        assertThat(learned(answer(TOPIC_ID, 2, -1))).isEqualTo(new PartitionLeader(1, 5));
        assertThat(learned(answer(TOPIC_ID, -1, -1))).isEqualTo(new PartitionLeader(-1, 5));
        assertThat(learned(answer(TOPIC_ID, 2, 4))).isEqualTo(new PartitionLeader(-1, 5));
        assertThat(learned(answer(TOPIC_ID, 3, 6))).isEqualTo(new PartitionLeader(3, 6));
    }

    @Test
    void shouldBelieveALowerEpochWhenTheTopicWasMadeAnew() {
        assertThat(learned(answer(TOPIC_ID, 1, 5))).isEqualTo(new PartitionLeader(1, 5));
        assertThat(learned(answer(new Uuid(2, 2), 2, 0))).isEqualTo(new PartitionLeader(2, 0));
    }

    @Test
    void shouldTakeAHintOnlyWhenItIsNewer() {
        // given
        learned(answer(TOPIC_ID, 1, 5));

        // when
        onLoop(() -> {
            core.cluster().onLeaderHint(PARTITION, new PartitionLeader(2, 6), new Endpoint("127.0.0.1", 9));
            core.cluster().onLeaderHint(PARTITION, new PartitionLeader(3, 4), new Endpoint("127.0.0.1", 8));
            return true;
        });

        // then
        assertThat(onLoop(() -> core.cluster().leader(PARTITION))).isEqualTo(new PartitionLeader(2, 6));
        assertThat(onLoop(() -> core.brokers().endpoint(2))).isEqualTo(new Endpoint("127.0.0.1", 9));
    }

    @Test
    void shouldKeepTheBootstrapAddressWhenTheClusterNamesOthers() {
        // given
        MetadataResponseData news = answer(TOPIC_ID, 1, 5);
        news.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(1)
                        .setHost("127.0.0.1")
                        .setPort(9));
        news.brokers().add(new MetadataResponseBroker().setNodeId(2).setHost("").setPort(-1));

        // when
        learned(news);

        // then
        assertThat(onLoop(() -> core.brokers().candidates()))
                .containsExactlyInAnyOrder(new Endpoint("127.0.0.1", 9), Endpoint.parse(broker.address()));
    }

    @Test
    void shouldLimitTheRateOfRefreshesWhenTheyBringNothing() {
        // given
        onLoop(() -> {
            core.cluster().onChange(core.cluster()::refresh);
            core.cluster().want("t");
            return true;
        });

        // when
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);

        // then
        assertThat(requests.get()).isBetween(3, 30);
    }

    @Test
    void shouldNotTellAListenerThatWasRemoved() {
        // given
        AtomicInteger removed = new AtomicInteger();
        AtomicInteger kept = new AtomicInteger();
        Runnable listener = removed::incrementAndGet;

        // when
        onLoop(() -> {
            core.cluster().onChange(listener);
            core.cluster().removeListener(listener);
            core.cluster().onChange(kept::incrementAndGet);
            core.cluster().want("t");
            return true;
        });

        // then
        await().until(() -> kept.get() > 0);
        assertThat(removed).hasValue(0);
    }

    @Test
    void shouldAnswerOnceATopicIsKnown() {
        // given
        MetadataResponseData unknown = new MetadataResponseData();
        unknown.topics()
                .add(new MetadataResponseTopic().setName("t").setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code()));
        answer = unknown;
        CompletableFuture<Integer> count = core.cluster().partitionCount("t");
        await().until(() -> core.cluster().isMissing("t"));
        assertThat(count).isNotDone();

        // when
        answer = answer(TOPIC_ID, 1, 5);

        // then
        assertThat(count.join()).isEqualTo(1);
        assertThat(core.cluster().isMissing("t")).isFalse();
    }
}
