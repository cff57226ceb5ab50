package io.oarlog.server.api;

import io.oarlog.metadata.Topic;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.requests.DescribeProducersRequest;
import org.apache.kafka.common.requests.DescribeProducersResponse;

/**
 * DescribeProducers (KIP-664): the idempotent producers that a partition remembers. When they last wrote is not known, and no
 * transactions are open, as there are none. Thread-safe.
 */
final class DescribeProducersHandler implements ApiHandler {
    private final ClusterState cluster;

    DescribeProducersHandler(ClusterState cluster) {
        this.cluster = cluster;
    }

    @Override
    public CompletableFuture<ApiResponse> handle(ApiRequest request) {
        DescribeProducersResponseData data = new DescribeProducersResponseData();
        for (TopicRequest topic :
                ((DescribeProducersRequest) request.body()).data().topics()) {
            Optional<Topic> known = cluster.topic(topic.name(), Uuid.ZERO_UUID);
            TopicResponse response = new TopicResponse().setName(topic.name());
            topic.partitionIndexes().stream()
                    .distinct()
                    .forEach(partition -> response.partitions().add(describe(known, partition)));
            data.topics().add(response);
        }
        return CompletableFuture.completedFuture(new ApiResponse.Answer(new DescribeProducersResponse(data)));
    }

    private PartitionResponse describe(Optional<Topic> topic, int partition) {
        PartitionLookup lookup = cluster.lookup(topic, false, partition, ClusterState.ANY_EPOCH);
        PartitionResponse response = new PartitionResponse().setPartitionIndex(partition);
        if (lookup instanceof PartitionLookup.Refused refused) {
            return response.setErrorCode(refused.error().code())
                    .setErrorMessage(refused.error().message());
        }
        List<ProducerState> producers = ((PartitionLookup.Led) lookup)
                .log().producers().stream()
                        .map(last -> new ProducerState()
                                .setProducerId(last.producerId())
                                .setProducerEpoch(last.producerEpoch())
                                .setLastSequence(last.lastSequence())
                                .setCoordinatorEpoch(-1))
                        .toList();
        return response.setActiveProducers(producers);
    }
}
