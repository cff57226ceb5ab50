package io.oarlog.metadata;

import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import io.oarlog.metadata.tree.CommandCodec;
import io.oarlog.metadata.tree.CommandTooLargeException;
import io.oarlog.metadata.tree.TimedCommand;
import io.oarlog.metadata.tree.ZnodeCommand;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Which topics may be created, Kafka's rules. Immutable. The reasons are for users: they say what to do. */
final class TopicRules {
    private static final int MAX_NAME_LENGTH = 249;
    /** All partitions of a topic are created by one Raft entry and deleted by one. */
    static final int MAX_PARTITIONS = 10_000;

    private static final int MAX_CONFIG_BYTES = 128 * 1024;

    private final Supplier<SortedSet<Integer>> nodes;

    /** @param nodes ids of all nodes of the cluster, as they are when it is asked */
    TopicRules(Supplier<SortedSet<Integer>> nodes) {
        this.nodes = nodes;
    }

    Optional<Invalid> checkName(String name) {
        if (name.isEmpty()) {
            return invalid(Rule.NAME, "a topic needs a name");
        } else if (name.equals(".") || name.equals("..")) {
            return invalid(Rule.NAME, "a topic cannot be named '.' or '..'");
        } else if (name.length() > MAX_NAME_LENGTH) {
            return invalid(
                    Rule.NAME,
                    "the topic name has " + name.length() + " characters; at most " + MAX_NAME_LENGTH + " are allowed");
        }
        for (int i = 0; i < name.length(); i++) {
            if (!isAllowed(name.charAt(i))) {
                return invalid(
                        Rule.NAME,
                        "topic name '" + name + "' has a character that is not allowed at position " + i
                                + "; use letters a-z and A-Z, digits, '.', '_' and '-'");
            }
        }
        return Optional.empty();
    }

    private static boolean isAllowed(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '.'
                || c == '_'
                || c == '-';
    }

    /** Names that differ in '.' and '_' only would share a name in Kafka's metrics. */
    Optional<Invalid> checkCollision(String name, Collection<Topic> topics) {
        if (name.indexOf('.') < 0 && name.indexOf('_') < 0) {
            return Optional.empty();
        }
        String unified = name.replace('.', '_');
        for (Topic topic : topics) {
            if (topic.name().replace('.', '_').equals(unified)) {
                return invalid(
                        Rule.NAME,
                        "topic name '" + name + "' differs from the existing topic '" + topic.name()
                                + "' in '.' and '_' only; choose another name");
            }
        }
        return Optional.empty();
    }

    Optional<Invalid> checkCounts(int partitions, int replicationFactor) {
        if (partitions < 1 || partitions > MAX_PARTITIONS) {
            return invalid(
                    Rule.PARTITIONS,
                    "a topic has 1 to " + MAX_PARTITIONS + " partitions, not " + partitions
                            + "; or -1 for the cluster's default");
        } else if (replicationFactor < 1 || replicationFactor > nodes.get().size()) {
            return invalid(
                    Rule.REPLICATION_FACTOR,
                    "the replication factor can be 1 to " + nodes.get().size()
                            + ", the number of nodes of the cluster, not " + replicationFactor
                            + "; or -1 for the cluster's default");
        }
        return Optional.empty();
    }

    /** Whether a topic can be given so many partitions. */
    Optional<Invalid> checkGrowth(Topic topic, int partitions) {
        int now = topic.partitionCount();
        if (partitions == now) {
            return invalid(Rule.PARTITIONS, "topic '" + topic.name() + "' has " + now + " partitions already");
        } else if (partitions < now) {
            return invalid(
                    Rule.PARTITIONS,
                    "topic '" + topic.name() + "' has " + now + " partitions, which cannot become " + partitions
                            + ": partitions hold records and are not removed; copy the records to a new topic instead");
        } else if (partitions > MAX_PARTITIONS) {
            return invalid(Rule.PARTITIONS, "a topic has " + MAX_PARTITIONS + " partitions at most, not " + partitions);
        }
        return Optional.empty();
    }

    /** @param added replicas of the partitions that a topic is to get */
    Optional<Invalid> checkAddedAssignment(Topic topic, int partitions, List<List<Integer>> added) {
        int count = partitions - topic.partitionCount();
        if (added.size() != count) {
            return invalid(
                    Rule.ASSIGNMENT,
                    "the assignment must name the replicas of the " + count + " new partitions, not of "
                            + added.size());
        }
        // Of a partition that is moved those that it will have.
        int factor = topic.target(0).size();
        return IntStream.range(0, count)
                .mapToObj(i -> checkReplicas(topic.partitionCount() + i, added.get(i), factor))
                .flatMap(Optional::stream)
                .findFirst();
    }

    static Optional<Invalid> checkConfigSize(Topic topic) {
        int bytes = TopicZnodes.config(topic.configs()).size();
        return bytes <= MAX_CONFIG_BYTES
                ? Optional.empty()
                : invalid(
                        Rule.CONFIG,
                        "the topic's configs take " + bytes + " bytes; at most " + MAX_CONFIG_BYTES + " are allowed");
    }

    /** @param command that writes the topic's assignment */
    static Optional<Invalid> checkCommandSize(Topic topic, ZnodeCommand command) {
        try {
            byte[] unused = CommandCodec.encode(new TimedCommand(0, command));
            return Optional.empty();
        } catch (CommandTooLargeException e) {
            return invalid(
                    Rule.PARTITIONS,
                    "the assignment of " + topic.partitionCount()
                            + " partitions does not fit into one change of the metadata: " + e.getMessage()
                            + "; use fewer partitions");
        }
    }

    Optional<Invalid> checkAssignment(List<List<Integer>> replicas) {
        if (replicas.isEmpty() || replicas.size() > MAX_PARTITIONS) {
            return invalid(
                    Rule.ASSIGNMENT,
                    "the assignment must name the replicas of 1 to " + MAX_PARTITIONS + " partitions, not of "
                            + replicas.size());
        }
        int factor = replicas.get(0).size();
        return IntStream.range(0, replicas.size())
                .mapToObj(partition -> checkReplicas(partition, replicas.get(partition), factor))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<Invalid> checkReplicas(int partition, List<Integer> assigned, int factor) {
        return checkReplicas(partition, assigned)
                .or(() -> assigned.size() == factor
                        ? Optional.empty()
                        : invalid(
                                Rule.ASSIGNMENT,
                                "partition " + partition + " has " + assigned.size() + " replicas and partition 0 has "
                                        + factor + "; all must have the same number"));
    }

    private Optional<Invalid> checkReplicas(int partition, List<Integer> assigned) {
        if (assigned.isEmpty()) {
            return invalid(Rule.ASSIGNMENT, "partition " + partition + " is assigned to no node");
        } else if (new HashSet<>(assigned).size() != assigned.size()) {
            return invalid(Rule.ASSIGNMENT, "partition " + partition + " names a node twice: " + assigned);
        } else if (!nodes.get().containsAll(assigned)) {
            return invalid(
                    Rule.ASSIGNMENT,
                    "partition " + partition + " names a node that is not in the cluster: " + assigned
                            + "; the nodes are " + nodes.get());
        }
        return Optional.empty();
    }

    /**
     * Whether replicas can be moved.
     *
     * @param target replicas that the partition is to have; nothing: those that it had before the move that is under way
     * @param mayChangeFactor whether their number may be another one (KIP-860)
     */
    Optional<Invalid> checkMove(Topic topic, int partition, Optional<List<Integer>> target, boolean mayChangeFactor) {
        if (partition < 0 || partition >= topic.partitionCount()) {
            return invalid(
                    Rule.PARTITIONS,
                    "topic '" + topic.name() + "' has no partition " + partition + ", it has "
                            + topic.partitionCount());
        } else if (target.isEmpty()) {
            return topic.move(partition).isPresent()
                    ? Optional.empty()
                    : invalid(Rule.NO_MOVE, "partition " + partition + " is not being moved");
        }
        List<Integer> assigned = target.get();
        int factor = topic.target(partition).size();
        return checkReplicas(partition, assigned)
                .or(() -> mayChangeFactor || assigned.size() == factor
                        ? Optional.empty()
                        : invalid(
                                Rule.REPLICATION_FACTOR,
                                "partition " + partition + " would have " + assigned.size() + " replicas in place of "
                                        + factor + ", which the request does not allow"));
    }

    private static Optional<Invalid> invalid(Rule rule, String reason) {
        return Optional.of(new Invalid(rule, reason));
    }
}
