package io.oarlog.metadata;

import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import io.oarlog.metadata.TopicOutcome.Unknown;
import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Changes topics that exist, each by one command. Thread-safe. */
final class TopicChanges {
    private final MetadataStateMachine machine;
    private final TreeWriter writer;
    private final CommandSubmitter submitter;
    private final TopicRules rules;
    private final Placement placement;

    TopicChanges(
            MetadataStateMachine machine,
            TreeWriter writer,
            CommandSubmitter submitter,
            TopicRules rules,
            Placement placement) {
        this.machine = machine;
        this.writer = writer;
        this.submitter = submitter;
        this.rules = rules;
        this.placement = placement;
    }

    /** As {@link Metadata#addPartitions}. */
    CompletableFuture<TopicOutcome> addPartitions(
            String name, int partitions, List<List<Integer>> added, boolean validateOnly) {
        return ofExisting(name, topic -> {
            Optional<Invalid> refused = rules.checkGrowth(topic, partitions)
                    .or(() ->
                            added.isEmpty() ? Optional.empty() : rules.checkAddedAssignment(topic, partitions, added));
            if (refused.isPresent()) {
                return CompletableFuture.completedFuture(refused.get());
            }
            Topic grown = grown(topic, added.isEmpty() ? placed(topic, partitions) : added);
            ZnodeCommand growth = growth(grown, 0, 0);
            Optional<Invalid> tooLarge = TopicRules.checkCommandSize(grown, growth);
            if (tooLarge.isPresent()) {
                return CompletableFuture.completedFuture(tooLarge.get());
            } else if (validateOnly) {
                return CompletableFuture.completedFuture(new Done(grown));
            }
            return writer.write(() -> decideGrowth(topic, grown));
        });
    }

    private List<List<Integer>> placed(Topic topic, int partitions) {
        int factor = topic.replicas().get(0).size();
        return placement.place(
                partitions - topic.partitionCount(), factor, machine.view().topics());
    }

    private static Topic grown(Topic topic, List<List<Integer>> added) {
        List<List<Integer>> replicas = new ArrayList<>(topic.replicas());
        replicas.addAll(added);
        return new Topic(topic.id(), topic.name(), replicas, topic.configs());
    }

    private Decision<TopicOutcome> decideGrowth(Topic before, Topic grown) {
        Optional<Stored> stored = stored(grown);
        if (stored.isEmpty()) {
            return new Decision.Done<>(new Unknown(grown.name()));
        }
        List<List<Integer>> now = stored.get().topic().replicas();
        if (now.equals(grown.replicas())) {
            return new Decision.Done<>(new Done(grown)); // by an earlier proposal that nobody could say this of
        } else if (!now.equals(before.replicas())) {
            return new Decision.Done<>(new Invalid(
                    Rule.PARTITIONS,
                    "topic '" + grown.name() + "' was changed by somebody else meanwhile; it has " + now.size()
                            + " partitions"));
        }
        return new Decision.Propose<>(
                growth(grown, stored.get().czxid(), stored.get().assignmentVersion()), new Done(grown));
    }

    private static ZnodeCommand growth(Topic grown, long czxid, int version) {
        String path = TopicZnodes.topicPath(grown.name());
        TopicZnodes.Assignment assignment = new TopicZnodes.Assignment(grown.id(), grown.replicas());
        return new Multi(
                List.of(new CheckSame(path, czxid), new SetData(path, TopicZnodes.assignment(assignment), version)));
    }

    /** As {@link Metadata#changeConfigs}. */
    CompletableFuture<TopicOutcome> changeConfigs(String name, Function<Topic, ConfigEdit> edit, boolean validateOnly) {
        return ofExisting(
                name,
                topic -> validateOnly
                        ? CompletableFuture.completedFuture(edited(topic, edit))
                        : writer.write(() -> decideConfigs(topic, edit)));
    }

    /** Done, with the topic as it is to be, or invalid. */
    private static TopicOutcome edited(Topic topic, Function<Topic, ConfigEdit> edit) {
        ConfigEdit made = edit.apply(topic);
        if (made instanceof ConfigEdit.Refused refused) {
            return new Invalid(Rule.CONFIG, refused.reason());
        }
        Map<String, String> configs = ((ConfigEdit.Changed) made).configs();
        Topic changed = new Topic(topic.id(), topic.name(), topic.replicas(), configs);
        return TopicRules.checkConfigSize(changed).<TopicOutcome>map(i -> i).orElseGet(() -> new Done(changed));
    }

    private Decision<TopicOutcome> decideConfigs(Topic asked, Function<Topic, ConfigEdit> edit) {
        Optional<Stored> stored = stored(asked);
        if (stored.isEmpty()) {
            return new Decision.Done<>(new Unknown(asked.name()));
        }
        Topic now = stored.get().topic();
        TopicOutcome outcome = edited(now, edit);
        if (!(outcome instanceof Done done) || done.topic().configs().equals(now.configs())) {
            return new Decision.Done<>(outcome);
        }
        String path = TopicZnodes.configPath(now.name());
        ZnodeData configs = TopicZnodes.config(done.topic().configs());
        OptionalInt version = stored.get().configVersion();
        return new Decision.Propose<>(
                new Multi(List.of(
                        new CheckSame(
                                TopicZnodes.topicPath(now.name()), stored.get().czxid()),
                        version.isPresent()
                                ? new SetData(path, configs, version.getAsInt())
                                : Create.persistent(path, configs))),
                outcome);
    }

    /**
     * A topic as one state of the tree has it, and what tells whether it is the same when a command arrives: a late one must
     * not hit another topic of the same name.
     *
     * @param configVersion empty when there is no znode of configs
     */
    private record Stored(Topic topic, long czxid, int assignmentVersion, OptionalInt configVersion) {}

    /** Empty when there is no such topic, or another one has its name. */
    private Optional<Stored> stored(Topic topic) {
        ZnodeTree tree = machine.tree();
        Optional<Znode> znode = tree.get(TopicZnodes.topicPath(topic.name()));
        if (znode.isEmpty() || !TopicZnodes.isOf(znode.get().data(), topic.id())) {
            return Optional.empty();
        }
        Optional<Znode> config = tree.get(TopicZnodes.configPath(topic.name()));
        Topic now = new Topic(
                topic.id(),
                topic.name(),
                TopicZnodes.readAssignment(znode.get().data()).replicas(),
                config.map(node -> TopicZnodes.readConfig(node.data())).orElse(Map.of()));
        OptionalInt configVersion =
                config.map(node -> OptionalInt.of(node.version())).orElse(OptionalInt.empty());
        return Optional.of(new Stored(now, znode.get().czxid(), znode.get().version(), configVersion));
    }

    /** It may have been created through another broker and not have come here yet. */
    private CompletableFuture<TopicOutcome> ofExisting(
            String name, Function<Topic, CompletableFuture<TopicOutcome>> change) {
        Supplier<Optional<CompletableFuture<TopicOutcome>>> known =
                () -> machine.view().topic(name).map(change);
        return known.get()
                .orElseGet(() -> submitter
                        .sync()
                        .thenCompose(synced ->
                                known.get().orElseGet(() -> CompletableFuture.completedFuture(new Unknown(name)))));
    }
}
