package io.oarlog.client;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData.TopicPartitions;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;

/**
 * A group as KIP-848 describes it, over the partitions of one topic, which members share evenly in the order in which they
 * joined. A partition is given to a member only when no other one may have it. To be used under its cluster's lock.
 */
final class SimulatedGroup {
    static final int HEARTBEAT_MILLIS = 50;

    /** What goes wrong with the next commit. */
    record CommitFault(Errors error, boolean drop, boolean afterStore) {}

    private static final class Member {
        private int epoch;
        private Set<Integer> owned = Set.of();
        /** The assignment that it was sent last. */
        private Set<Integer> given = Set.of();
        /** What it may have: what was given, and what it has not said since that it has no more. */
        private Set<Integer> told = Set.of();

        private Set<String> topics = Set.of();
    }

    private final Uuid topicId;
    private final int partitions;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Map<Integer, Long> committed = new HashMap<>();
    private final List<String> breaches = new ArrayList<>();
    private final Queue<Errors> heartbeatErrors = new ArrayDeque<>();
    private final Queue<CommitFault> commitFaults = new ArrayDeque<>();
    private int epoch = 1;
    private int coordinator = 1;
    private boolean coordinatorIsKnown = true;
    private int heartbeats;
    private int commits;
    private int fetches;

    SimulatedGroup(Uuid topicId, int partitions) {
        this.topicId = topicId;
        this.partitions = partitions;
    }

    void moveTo(int broker) {
        coordinator = broker;
    }

    int coordinator() {
        return coordinator;
    }

    void setCoordinatorIsKnown(boolean known) {
        coordinatorIsKnown = known;
    }

    boolean coordinatorIsKnown() {
        return coordinatorIsKnown;
    }

    void failHeartbeat(Errors error) {
        heartbeatErrors.add(error);
    }

    void failCommit(CommitFault fault) {
        commitFaults.add(fault);
    }

    /** Removes all members, as if they had not been heard of. */
    void expireAll() {
        members.clear();
        epoch++;
    }

    int memberCount() {
        return members.size();
    }

    /** The assignment that the member was sent last which joined first. */
    Set<Integer> givenToEldest() {
        return members.values().iterator().next().given;
    }

    int heartbeats() {
        return heartbeats;
    }

    int commits() {
        return commits;
    }

    int offsetFetches() {
        return fetches;
    }

    Map<Integer, Long> committed() {
        return Map.copyOf(committed);
    }

    void commit(int partition, long offset) {
        committed.put(partition, offset);
    }

    /** What members did that they must not. */
    List<String> breaches() {
        return List.copyOf(breaches);
    }

    ConsumerGroupHeartbeatResponseData heartbeat(int self, ConsumerGroupHeartbeatRequestData request) {
        heartbeats++;
        ConsumerGroupHeartbeatResponseData answer =
                new ConsumerGroupHeartbeatResponseData().setHeartbeatIntervalMs(HEARTBEAT_MILLIS);
        if (self != coordinator) {
            return answer.setErrorCode(Errors.NOT_COORDINATOR.code());
        }
        Errors scripted = heartbeatErrors.poll();
        if (scripted != null) {
            if (scripted == Errors.FENCED_MEMBER_EPOCH || scripted == Errors.UNKNOWN_MEMBER_ID) {
                remove(request.memberId());
            }
            return answer.setErrorCode(scripted.code()).setErrorMessage("scripted");
        }
        if (request.memberEpoch() == -1) {
            boolean known = members.containsKey(request.memberId());
            remove(request.memberId());
            return answer.setErrorCode((known ? Errors.NONE : Errors.UNKNOWN_MEMBER_ID).code())
                    .setMemberEpoch(-1);
        }
        String id = request.memberId().isEmpty() ? UUID.randomUUID().toString() : request.memberId();
        Member member = request.memberEpoch() == 0 ? join(id, request) : members.get(id);
        if (member == null) {
            return answer.setErrorCode(Errors.UNKNOWN_MEMBER_ID.code());
        }
        if (request.memberEpoch() != 0 && request.memberEpoch() != member.epoch) {
            return answer.setErrorCode(Errors.FENCED_MEMBER_EPOCH.code());
        }
        return answer(answer, id, member, request);
    }

    private Member join(String id, ConsumerGroupHeartbeatRequestData request) {
        if (request.topicPartitions() == null || !request.topicPartitions().isEmpty()) {
            breaches.add("joined with partitions " + request.topicPartitions());
        }
        if (request.subscribedTopicNames() == null || request.rebalanceTimeoutMs() < 0) {
            breaches.add("joined without topics or time to rebalance: " + request);
        }
        Member member = new Member();
        members.put(id, member);
        epoch++;
        return member;
    }

    private void remove(String id) {
        if (members.remove(id) != null) {
            epoch++;
        }
    }

    private ConsumerGroupHeartbeatResponseData answer(
            ConsumerGroupHeartbeatResponseData answer,
            String id,
            Member member,
            ConsumerGroupHeartbeatRequestData request) {
        if (request.subscribedTopicNames() != null) {
            member.topics = Set.copyOf(request.subscribedTopicNames());
        }
        if (request.topicPartitions() != null) {
            member.owned = request.topicPartitions().stream()
                    .flatMap(topic -> topic.partitions().stream())
                    .collect(Collectors.toSet());
            if (!member.told.containsAll(member.owned)) {
                breaches.add(id + " has " + member.owned + " and was given " + member.told);
            }
        }
        Set<Integer> target = member.topics.contains(SimulatedCluster.TOPIC) ? target(id) : Set.of();
        Set<Integer> give = new HashSet<>(target);
        members.forEach((other, its) -> {
            if (!other.equals(id)) {
                give.removeAll(its.owned);
                give.removeAll(its.told);
            }
        });
        if (request.topicPartitions() != null) {
            member.told = union(member.given, member.owned);
        }
        if (target.containsAll(member.owned)) {
            member.epoch = epoch;
        }
        answer.setMemberId(id).setMemberEpoch(member.epoch);
        boolean isFull = request.topicPartitions() != null;
        if (isFull || !give.equals(member.given)) {
            member.given = give;
            // Others may not be given what it had, or was given, before it says that it has it no more.
            member.told = union(give, isFull ? member.owned : member.told);
            answer.setAssignment(new Assignment()
                    .setTopicPartitions(
                            give.isEmpty()
                                    ? List.of()
                                    : List.of(new TopicPartitions()
                                            .setTopicId(topicId)
                                            .setPartitions(List.copyOf(give)))));
        }
        return answer;
    }

    private static Set<Integer> union(Set<Integer> one, Set<Integer> other) {
        Set<Integer> both = new HashSet<>(one);
        both.addAll(other);
        return both;
    }

    private Set<Integer> target(String id) {
        List<String> order = List.copyOf(members.keySet());
        Set<Integer> target = new HashSet<>();
        for (int partition = 0; partition < partitions; partition++) {
            if (order.get(partition % order.size()).equals(id)) {
                target.add(partition);
            }
        }
        return target;
    }

    OffsetCommitResponseData commit(int self, OffsetCommitRequestData request) throws IOException {
        commits++;
        CommitFault fault = self == coordinator ? commitFaults.poll() : null;
        Errors error = self == coordinator ? check(request) : Errors.NOT_COORDINATOR;
        if (error == Errors.NONE && (fault == null || fault.afterStore())) {
            request.topics()
                    .forEach(topic ->
                            topic.partitions().forEach(p -> committed.put(p.partitionIndex(), p.committedOffset())));
        }
        if (fault != null && fault.drop()) {
            throw new IOException("dropped by the script");
        }
        Errors told = fault == null ? error : fault.error();
        OffsetCommitResponseData answer = new OffsetCommitResponseData();
        request.topics().forEach(topic -> {
            OffsetCommitResponseTopic response = new OffsetCommitResponseTopic().setName(topic.name());
            topic.partitions()
                    .forEach(p -> response.partitions()
                            .add(new OffsetCommitResponsePartition()
                                    .setPartitionIndex(p.partitionIndex())
                                    .setErrorCode(told.code())));
            answer.topics().add(response);
        });
        return answer;
    }

    private Errors check(OffsetCommitRequestData request) {
        Member member = members.get(request.memberId());
        if (member == null) {
            return Errors.UNKNOWN_MEMBER_ID;
        }
        return member.epoch == request.generationIdOrMemberEpoch() ? Errors.NONE : Errors.STALE_MEMBER_EPOCH;
    }

    OffsetFetchResponseData fetchOffsets(int self, OffsetFetchRequestData request) {
        fetches++;
        var asked = request.groups().get(0);
        OffsetFetchResponseGroup answer = new OffsetFetchResponseGroup().setGroupId(asked.groupId());
        if (self != coordinator) {
            answer.setErrorCode(Errors.NOT_COORDINATOR.code());
        } else {
            asked.topics().forEach(topic -> {
                OffsetFetchResponseTopics response = new OffsetFetchResponseTopics().setName(topic.name());
                topic.partitionIndexes()
                        .forEach(p -> response.partitions()
                                .add(new OffsetFetchResponsePartitions()
                                        .setPartitionIndex(p)
                                        .setCommittedOffset(committed.getOrDefault(p, -1L))));
                answer.topics().add(response);
            });
        }
        return new OffsetFetchResponseData().setGroups(List.of(answer));
    }
}
