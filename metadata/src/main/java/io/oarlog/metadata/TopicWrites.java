package io.oarlog.metadata;

import io.oarlog.metadata.TopicOutcome.AlreadyExists;
import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Unknown;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Delete;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.Operation;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodePath;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/** Creates and deletes topics, each by one command. Thread-safe. What exists is changed by {@link TopicChanges}. */
final class TopicWrites {
    /** Kafka's stand-in for "the cluster's default". */
    private static final int DEFAULT = -1;

    private final MetadataSettings settings;
    private final MetadataStateMachine machine;
    private final TreeWriter writer;
    private final CommandSubmitter submitter;
    private final TopicRules rules;
    private final Placement placement;
    private final RandomGenerator random;

    TopicWrites(
            MetadataSettings settings,
            MetadataStateMachine machine,
            TreeWriter writer,
            CommandSubmitter submitter,
            TopicRules rules,
            Placement placement,
            RandomGenerator random) {
        this.settings = settings;
        this.machine = machine;
        this.writer = writer;
        this.submitter = submitter;
        this.rules = rules;
        this.placement = placement;
        this.random = random;
    }

    CompletableFuture<TopicOutcome> create(
            String name, int partitions, int replicationFactor, Map<String, String> configs, boolean validateOnly) {
        int count = partitions == DEFAULT ? settings.defaultPartitions() : partitions;
        int factor = replicationFactor == DEFAULT ? settings.defaultReplicationFactor() : replicationFactor;
        Optional<TopicOutcome> refused = refused(name).or(() -> rules.checkCounts(count, factor));
        return refused.isPresent()
                ? CompletableFuture.completedFuture(refused.get())
                : create(name, placement.place(count, factor, machine.view().topics()), configs, validateOnly);
    }

    CompletableFuture<TopicOutcome> createWithAssignment(
            String name, List<List<Integer>> replicas, Map<String, String> configs, boolean validateOnly) {
        Optional<TopicOutcome> refused = refused(name).or(() -> rules.checkAssignment(replicas));
        return refused.isPresent()
                ? CompletableFuture.completedFuture(refused.get())
                : create(name, replicas, configs, validateOnly);
    }

    private Optional<TopicOutcome> refused(String name) {
        Optional<Invalid> invalid = rules.checkName(name);
        if (invalid.isPresent()) {
            return Optional.of(invalid.get());
        } else if (machine.view().topic(name).isPresent()) {
            return Optional.of(new AlreadyExists(name));
        }
        return rules.checkCollision(name, machine.view().topics()).map(collision -> collision);
    }

    private CompletableFuture<TopicOutcome> create(
            String name, List<List<Integer>> replicas, Map<String, String> configs, boolean validateOnly) {
        Topic topic = new Topic(KafkaUuid.random(random), name, replicas, configs);
        Optional<Invalid> tooLarge = TopicRules.checkConfigSize(topic)
                .or(() -> TopicRules.checkCommandSize(topic, creation(topic, false)))
                .or(() -> ReplicaRoom.of(machine.view()).check(replicas));
        if (tooLarge.isPresent()) {
            return CompletableFuture.completedFuture(tooLarge.get());
        } else if (validateOnly) {
            return CompletableFuture.completedFuture(new Done(topic));
        }
        return writer.write(() -> decideCreation(topic));
    }

    private Decision<TopicOutcome> decideCreation(Topic topic) {
        ZnodeTree tree = machine.tree();
        Optional<Znode> existing = tree.get(TopicZnodes.topicPath(topic.name()));
        if (existing.isEmpty()) {
            boolean hasConfig = tree.exists(TopicZnodes.configPath(topic.name()));
            return new Decision.Propose<>(creation(topic, hasConfig), new Done(topic));
        }
        // An earlier proposal of this very creation may have been applied although nobody could say so.
        return new Decision.Done<>(
                TopicZnodes.isOf(existing.get().data(), topic.id())
                        ? new Done(topic)
                        : new AlreadyExists(topic.name()));
    }

    private static ZnodeCommand creation(Topic topic, boolean hasConfig) {
        String configPath = TopicZnodes.configPath(topic.name());
        ZnodeData config = TopicZnodes.config(topic.configs());
        return new Multi(List.of(
                hasConfig
                        ? new SetData(configPath, config, ZnodeCommand.ANY_VERSION)
                        : Create.persistent(configPath, config),
                Create.persistent(TopicZnodes.topicPath(topic.name()), TopicZnodes.assignment(topic)),
                Create.persistent(TopicZnodes.partitionsPath(topic.name()), ZnodeData.EMPTY)));
    }

    CompletableFuture<TopicOutcome> delete(String name) {
        Optional<Topic> topic = machine.view().topic(name);
        if (topic.isPresent()) {
            return delete(topic.get());
        }
        // It may have been created through another broker and not have come here yet.
        return submitter
                .sync()
                .thenCompose(synced -> machine.view()
                        .topic(name)
                        .map(this::delete)
                        .orElseGet(() -> CompletableFuture.completedFuture(new Unknown(name))));
    }

    private CompletableFuture<TopicOutcome> delete(Topic topic) {
        return writer.write(() -> decideDeletion(topic));
    }

    private Decision<TopicOutcome> decideDeletion(Topic topic) {
        OptionalLong czxid = machine.view().topicCzxid(topic.id());
        String path = TopicZnodes.topicPath(topic.name());
        ZnodeTree tree = machine.tree();
        if (czxid.isEmpty() || !tree.exists(path)) {
            return new Decision.Done<>(new Done(topic));
        }
        List<Operation> operations = new ArrayList<>();
        // A deletion that arrives late must not hit a later topic of the same name.
        operations.add(new CheckSame(path, czxid.getAsLong()));
        addDeletions(tree, path, operations);
        if (tree.exists(TopicZnodes.configPath(topic.name()))) {
            operations.add(new Delete(TopicZnodes.configPath(topic.name()), ZnodeCommand.ANY_VERSION));
        }
        return new Decision.Propose<>(new Multi(operations), new Done(topic));
    }

    /** Children first. */
    private static void addDeletions(ZnodeTree tree, String path, List<Operation> operations) {
        for (String child : tree.children(path)) {
            addDeletions(tree, ZnodePath.child(path, child), operations);
        }
        operations.add(new Delete(path, ZnodeCommand.ANY_VERSION));
    }
}
