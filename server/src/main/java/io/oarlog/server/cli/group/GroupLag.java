package io.oarlog.server.cli.group;

import io.oarlog.server.cli.group.FirstUnread.Unread;
import io.oarlog.server.cli.group.GroupReport.GroupMember;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Finds out how far a group is behind. Confined to its command's thread. */
final class GroupLag {
    private static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final GroupAdmin admin;
    private final FirstUnread firstUnread;
    private final Clock clock;

    /** @param clock against which the timestamps of records are held */
    GroupLag(GroupAdmin admin, FirstUnread firstUnread, Clock clock) {
        this.admin = admin;
        this.firstUnread = firstUnread;
        this.clock = clock;
    }

    GroupReport report(String group) {
        ConsumerGroupDescription description = admin.describe(group);
        Map<TopicPartition, String> owners = owners(description);
        return GroupReport.of(
                group,
                description.type().toString().toLowerCase(Locale.ROOT),
                description.groupState().toString(),
                description.coordinator().id(),
                members(description),
                partitions(admin.committed(group), owners));
    }

    private static List<GroupMember> members(ConsumerGroupDescription description) {
        List<GroupMember> members = new ArrayList<>();
        for (MemberDescription member : description.members()) {
            members.add(new GroupMember(
                    member.consumerId(),
                    member.clientId(),
                    host(member),
                    member.groupInstanceId().orElse(null),
                    member.assignment().topicPartitions().stream()
                            .sorted(BY_NAME)
                            .map(TopicPartition::toString)
                            .toList()));
        }
        members.sort(Comparator.comparing(GroupMember::clientId).thenComparing(GroupMember::id));
        return members;
    }

    private static Map<TopicPartition, String> owners(ConsumerGroupDescription description) {
        Map<TopicPartition, String> owners = new HashMap<>();
        for (MemberDescription member : description.members()) {
            member.assignment()
                    .topicPartitions()
                    .forEach(partition -> owners.put(partition, member.clientId() + " at " + host(member)));
        }
        return owners;
    }

    /** Java's way to print an address begins with a slash. */
    private static String host(MemberDescription member) {
        return member.host().startsWith("/") ? member.host().substring(1) : member.host();
    }

    private List<PartitionLag> partitions(Map<TopicPartition, Long> committed, Map<TopicPartition, String> owners) {
        Set<TopicPartition> all = new TreeSet<>(BY_NAME);
        all.addAll(committed.keySet());
        all.addAll(owners.keySet());
        Set<TopicPartition> existing = admin.existing(all);
        Map<TopicPartition, Long> beginnings = admin.beginnings(existing);
        Map<TopicPartition, Long> ends = admin.ends(existing);
        Map<TopicPartition, Double> seconds = seconds(committed, beginnings, ends);
        List<PartitionLag> lags = new ArrayList<>();
        for (TopicPartition partition : all) {
            Long offset = committed.get(partition);
            Long start = beginnings.get(partition);
            Long end = ends.get(partition);
            lags.add(new PartitionLag(
                    partition.topic(),
                    partition.partition(),
                    offset,
                    start,
                    end,
                    records(offset, start, end),
                    seconds.get(partition),
                    owners.get(partition)));
        }
        return lags;
    }

    static @Nullable Long records(@Nullable Long committed, @Nullable Long start, @Nullable Long end) {
        return committed == null || start == null || end == null
                ? null
                : Long.valueOf(Math.max(0, end - Math.max(committed, start)));
    }

    private Map<TopicPartition, Double> seconds(
            Map<TopicPartition, Long> committed, Map<TopicPartition, Long> beginnings, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Double> seconds = new HashMap<>();
        Map<io.oarlog.client.TopicPartition, Unread> unread = new HashMap<>();
        committed.forEach((partition, offset) -> {
            Long start = beginnings.get(partition);
            Long end = ends.get(partition);
            if (start == null || end == null) {
                return;
            }
            long from = Math.max(offset, start);
            if (from < end) {
                unread.put(
                        new io.oarlog.client.TopicPartition(partition.topic(), partition.partition()),
                        new Unread(from, end));
            } else {
                seconds.put(partition, 0.0);
            }
        });
        firstUnread
                .timestamps(unread)
                .forEach((partition, timestamp) ->
                        seconds.put(new TopicPartition(partition.topic(), partition.partition()), age(timestamp)));
        return seconds;
    }

    /** In seconds; a record from the future, by this machine's clock, has none. */
    private double age(OptionalLong timestamp) {
        return timestamp.isEmpty() ? 0 : Math.max(0, clock.millis() - timestamp.getAsLong()) / 1_000.0;
    }
}
