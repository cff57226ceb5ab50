package io.oarlog.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Brokers 1 to n on loopback ports that share one state, a topic {@value #TOPIC} whose logs all of them see: what a
 * client can tell of a replicated cluster. The faults decide what becomes of each produce request. Thread-safe.
 */
final class SimulatedCluster implements AutoCloseable {
    static final String TOPIC = "t";

    /** What goes wrong with the batch of one partition in a produce request. */
    sealed interface Fault {
        /** Nothing. */
        record None() implements Fault {}

        /** The connection is dropped, before the batch is appended or after. */
        record Drop(boolean afterAppend) implements Fault {}

        /** The connection is dropped and the batch is appended a little later all the same. */
        record DropAndAppendLater(long millis) implements Fault {}

        /** An error is answered, before the batch is appended or after. */
        record Answer(Errors error, boolean afterAppend) implements Fault {}

        /** The leader moves before or after the append, and the broker answers that it is not the leader. */
        record MoveLeader(boolean afterAppend, boolean withHint) implements Fault {}

        /** The proper answer is late. */
        record Delay(long millis) implements Fault {}

        /** The producer's epoch is fenced, then the batch is appended if that is still possible. */
        record Fence() implements Fault {}
    }

    /** Chooses faults; called under the cluster's lock. */
    @FunctionalInterface
    interface Faults {
        Fault next(int partition, MemoryRecords records);
    }

    static final Fault NONE = new Fault.None();

    private final Map<Integer, ScriptedBroker> brokers = new TreeMap<>();
    private final List<SimulatedPartition> partitions = new ArrayList<>();
    private final Uuid topicId = Uuid.randomUuid();
    private final ScheduledThreadPoolExecutor later = new ScheduledThreadPoolExecutor(1);
    private Faults faults = (partition, records) -> NONE;
    private long nextProducerId = 1000;
    private int produceRequests;
    private boolean knowsTopic = true;
    private final SimulatedGroup group;

    SimulatedCluster(int brokerCount, int partitionCount) {
        for (int id = 1; id <= brokerCount; id++) {
            int self = id;
            brokers.put(id, ScriptedBroker.start(request -> answer(self, request)));
        }
        for (int i = 0; i < partitionCount; i++) {
            partitions.add(new SimulatedPartition(1 + i % brokerCount));
        }
        group = new SimulatedGroup(topicId, partitionCount);
    }

    /** Looks at, or changes, the one group that all groups' names mean. */
    synchronized <T> T group(Function<SimulatedGroup, T> look) {
        return look.apply(group);
    }

    synchronized void changeGroup(Consumer<SimulatedGroup> change) {
        change.accept(group);
    }

    synchronized SimulatedCluster withFaults(Faults newFaults) {
        faults = newFaults;
        return this;
    }

    /** Makes the topic unknown to all brokers, or known again. */
    synchronized void setKnowsTopic(boolean known) {
        knowsTopic = known;
    }

    String bootstrap() {
        return brokers.values().stream().map(ScriptedBroker::address).collect(Collectors.joining(","));
    }

    ScriptedBroker broker(int id) {
        ScriptedBroker broker = brokers.get(id);
        if (broker == null) {
            throw new IllegalArgumentException("no broker " + id);
        }
        return broker;
    }

    synchronized void moveLeader(int partition, int to) {
        partitions.get(partition).moveTo(to);
    }

    synchronized List<String> values(int partition) {
        return partitions.get(partition).values();
    }

    synchronized int batchCount(int partition) {
        return partitions.get(partition).batchCount();
    }

    synchronized int leader(int partition) {
        return partitions.get(partition).leader();
    }

    synchronized int produceRequests() {
        return produceRequests;
    }

    synchronized long append(int partition, MemoryRecords records) {
        return partitions.get(partition).append(records).baseOffset();
    }

    synchronized void appendRaw(int partition, ByteBuffer bytes, int records) {
        partitions.get(partition).appendRaw(bytes, records);
    }

    synchronized void deleteBefore(int partition, long offset) {
        partitions.get(partition).deleteBefore(offset);
    }

    private @Nullable ApiMessage answer(int self, ScriptedBroker.Request request) throws IOException {
        return switch (request.api()) {
            case METADATA -> metadata(request.body(MetadataRequestData.class));
            case INIT_PRODUCER_ID -> initProducerId();
            case PRODUCE -> produce(self, request);
            case FETCH -> fetch(self, request.body(FetchRequestData.class));
            case LIST_OFFSETS -> listOffsets(self, request.body(ListOffsetsRequestData.class));
            case FIND_COORDINATOR -> findCoordinator(request.body(FindCoordinatorRequestData.class));
            case CONSUMER_GROUP_HEARTBEAT -> heartbeat(self, request.body(ConsumerGroupHeartbeatRequestData.class));
            case OFFSET_COMMIT -> commit(self, request.body(OffsetCommitRequestData.class));
            case OFFSET_FETCH -> fetchOffsets(self, request.body(OffsetFetchRequestData.class));
            default -> throw new IOException("no answer to " + request.api());
        };
    }

    private synchronized FindCoordinatorResponseData findCoordinator(FindCoordinatorRequestData request) {
        int id = group.coordinator();
        FindCoordinatorResponseData.Coordinator answer = new FindCoordinatorResponseData.Coordinator()
                .setKey(request.coordinatorKeys().get(0))
                .setNodeId(id)
                .setHost("127.0.0.1")
                .setPort(broker(id).port());
        if (!group.coordinatorIsKnown()) {
            answer.setErrorCode(Errors.COORDINATOR_NOT_AVAILABLE.code()).setPort(-1);
        }
        return new FindCoordinatorResponseData().setCoordinators(List.of(answer));
    }

    private synchronized ApiMessage heartbeat(int self, ConsumerGroupHeartbeatRequestData request) {
        return group.heartbeat(self, request);
    }

    private synchronized ApiMessage commit(int self, OffsetCommitRequestData request) throws IOException {
        return group.commit(self, request);
    }

    private synchronized ApiMessage fetchOffsets(int self, OffsetFetchRequestData request) {
        return group.fetchOffsets(self, request);
    }

    private synchronized MetadataResponseData metadata(MetadataRequestData request) {
        MetadataResponseData data =
                new MetadataResponseData().setClusterId("simulated").setControllerId(1);
        brokers.forEach((id, broker) -> data.brokers()
                .add(new MetadataResponseBroker()
                        .setNodeId(id)
                        .setHost("127.0.0.1")
                        .setPort(broker.port())));
        if (request.topics() != null && request.topics().isEmpty()) {
            return data;
        }
        MetadataResponseTopic topic = new MetadataResponseTopic().setName(TOPIC);
        data.topics().add(topic);
        if (!knowsTopic) {
            topic.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
            return data;
        }
        topic.setTopicId(topicId);
        for (int i = 0; i < partitions.size(); i++) {
            topic.partitions()
                    .add(new MetadataResponsePartition()
                            .setPartitionIndex(i)
                            .setLeaderId(partitions.get(i).leader())
                            .setLeaderEpoch(partitions.get(i).epoch()));
        }
        return data;
    }

    private synchronized InitProducerIdResponseData initProducerId() {
        return new InitProducerIdResponseData().setProducerId(nextProducerId++).setProducerEpoch((short) 0);
    }

    private @Nullable ApiMessage produce(int self, ScriptedBroker.Request request) throws IOException {
        ProduceRequestData data = request.body(ProduceRequestData.class);
        ProduceResponseData answer = new ProduceResponseData();
        long delayMillis = 0;
        for (var topic : data.topicData()) {
            TopicProduceResponse response = new TopicProduceResponse().setName(topic.name());
            answer.responses().add(response);
            for (var partition : topic.partitionData()) {
                MemoryRecords records = (MemoryRecords) partition.records();
                Fault fault = chooseFault(self, partition.index(), records);
                if (fault instanceof Fault.Delay delay) {
                    delayMillis = Math.max(delayMillis, delay.millis());
                }
                response.partitionResponses().add(produce(self, partition.index(), records, fault, answer));
            }
        }
        pause(delayMillis);
        return data.acks() == 0 ? null : answer;
    }

    private static void pause(long millis) throws IOException {
        if (millis > 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }

    private synchronized Fault chooseFault(int self, int partition, MemoryRecords records) {
        produceRequests++;
        boolean leads = partitions.get(partition).leader() == self;
        return leads ? faults.next(partition, records) : NONE;
    }

    private synchronized PartitionProduceResponse produce(
            int self, int index, MemoryRecords records, Fault fault, ProduceResponseData answer) throws IOException {
        SimulatedPartition partition = partitions.get(index);
        PartitionProduceResponse response =
                new PartitionProduceResponse().setIndex(index).setBaseOffset(-1);
        if (partition.leader() != self) {
            return response.setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
        }
        if (fault instanceof Fault.Drop drop) {
            if (drop.afterAppend()) {
                partition.append(records);
            }
            throw new IOException("dropped by the script");
        }
        if (fault instanceof Fault.DropAndAppendLater drop) {
            int epoch = partition.epoch();
            var unused = later.schedule(() -> appendLater(index, epoch, records), drop.millis(), TimeUnit.MILLISECONDS);
            throw new IOException("dropped by the script");
        }
        if (fault instanceof Fault.Answer refusal) {
            if (refusal.afterAppend()) {
                partition.append(records);
            }
            return response.setErrorCode(refusal.error().code());
        }
        if (fault instanceof Fault.MoveLeader move) {
            if (move.afterAppend()) {
                partition.append(records);
            }
            partition.moveTo(1 + self % brokers.size());
            if (move.withHint()) {
                hint(partition, response, answer);
            }
            return response.setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
        }
        if (fault instanceof Fault.Fence) {
            partition.fence(records.batches().iterator().next().producerId());
        }
        SimulatedPartition.Outcome outcome = partition.append(records);
        return response.setErrorCode(outcome.error().code()).setBaseOffset(outcome.baseOffset());
    }

    private synchronized void appendLater(int index, int epoch, MemoryRecords records) {
        SimulatedPartition partition = partitions.get(index);
        if (partition.epoch() == epoch) {
            partition.append(records);
        }
    }

    private void hint(SimulatedPartition partition, PartitionProduceResponse response, ProduceResponseData answer) {
        response.setCurrentLeader(
                new LeaderIdAndEpoch().setLeaderId(partition.leader()).setLeaderEpoch(partition.epoch()));
        if (answer.nodeEndpoints().find(partition.leader()) == null) {
            answer.nodeEndpoints()
                    .add(new NodeEndpoint()
                            .setNodeId(partition.leader())
                            .setHost("127.0.0.1")
                            .setPort(broker(partition.leader()).port()));
        }
    }

    private FetchResponseData fetch(int self, FetchRequestData request) throws IOException {
        FetchResponseData answer = fetchNow(self, request);
        boolean isEmpty = answer.responses().stream()
                .flatMap(topic -> topic.partitions().stream())
                .allMatch(partition ->
                        partition.errorCode() == 0 && partition.records().sizeInBytes() == 0);
        if (isEmpty) {
            pause(Math.min(request.maxWaitMs(), 20));
        }
        return answer;
    }

    private synchronized FetchResponseData fetchNow(int self, FetchRequestData request) {
        FetchResponseData answer = new FetchResponseData();
        for (var topic : request.topics()) {
            FetchableTopicResponse response = new FetchableTopicResponse().setTopic(topic.topic());
            answer.responses().add(response);
            topic.partitions().forEach(p -> response.partitions().add(fetchNow(self, p)));
        }
        return answer;
    }

    private PartitionData fetchNow(int self, FetchPartition asked) {
        SimulatedPartition partition = partitions.get(asked.partition());
        PartitionData data = new PartitionData()
                .setPartitionIndex(asked.partition())
                .setHighWatermark(partition.endOffset())
                .setRecords(MemoryRecords.EMPTY);
        if (partition.leader() != self) {
            // The brokers' addresses come with version 16 only.
            data.setCurrentLeader(new FetchResponseData.LeaderIdAndEpoch()
                    .setLeaderId(partition.leader())
                    .setLeaderEpoch(partition.epoch()));
            return data.setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
        }
        if (asked.currentLeaderEpoch() < partition.epoch()) {
            return data.setErrorCode(Errors.FENCED_LEADER_EPOCH.code());
        }
        if (asked.fetchOffset() < partition.logStartOffset() || asked.fetchOffset() > partition.endOffset()) {
            return data.setErrorCode(Errors.OFFSET_OUT_OF_RANGE.code());
        }
        return data.setRecords(partition.read(asked.fetchOffset(), asked.partitionMaxBytes()));
    }

    private synchronized ListOffsetsResponseData listOffsets(int self, ListOffsetsRequestData request) {
        ListOffsetsResponseData answer = new ListOffsetsResponseData();
        for (var topic : request.topics()) {
            ListOffsetsTopicResponse response = new ListOffsetsTopicResponse().setName(topic.name());
            answer.topics().add(response);
            for (var asked : topic.partitions()) {
                SimulatedPartition partition = partitions.get(asked.partitionIndex());
                ListOffsetsPartitionResponse found =
                        new ListOffsetsPartitionResponse().setPartitionIndex(asked.partitionIndex());
                response.partitions().add(found);
                if (partition.leader() != self) {
                    found.setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
                } else if (asked.timestamp() == OffsetLookup.EARLIEST) {
                    found.setOffset(partition.logStartOffset());
                } else if (asked.timestamp() == OffsetLookup.LATEST) {
                    found.setOffset(partition.endOffset());
                } else {
                    // The simulated clock: a record's timestamp is its offset.
                    boolean exists = asked.timestamp() < partition.endOffset();
                    found.setOffset(exists ? asked.timestamp() : -1).setTimestamp(exists ? asked.timestamp() : -1);
                }
            }
        }
        return answer;
    }

    @Override
    public void close() {
        later.shutdownNow();
        brokers.values().forEach(ScriptedBroker::close);
    }
}
