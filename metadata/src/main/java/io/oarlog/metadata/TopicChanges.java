package io.oarlog.metadata;

import io.oarlog.metadata.TopicOutcome.Done;
import io.oarlog.metadata.TopicOutcome.Invalid;
import io.oarlog.metadata.TopicOutcome.Rule;
import io.oarlog.metadata.TopicOutcome.Unknown;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeCommand.CheckSame;
import io.oarlog.metadata.tree.ZnodeCommand.Create;
import io.oarlog.metadata.tree.ZnodeCommand.Multi;
import io.oarlog.metadata.tree.ZnodeCommand.SetData;
import io.oarlog.metadata.tree.ZnodeData;
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
            List<List<Integer>> replicas = added.isEmpty() ? placed(topic, partitions) : added;
            Topic grown = grown(topic, replicas);
            ZnodeCommand growth = new StoredTopic(topic, 0, 0, OptionalInt.empty()).replacedBy(grown);
            Optional<Invalid> tooLarge = TopicRules.checkCommandSize(grown, growth)
                    .or(() -> ReplicaRoom.of(machine.view()).check(replicas));
            if (tooLarge.isPresent()) {
                return CompletableFuture.completedFuture(tooLarge.get());
            } else if (validateOnly) {
                return CompletableFuture.completedFuture(new Done(grown));
            }
            return writer.write(() -> decideGrowth(topic, grown));
        });
    }

    private List<List<Integer>> placed(Topic topic, int partitions) {
        int factor = topic.target(0).size();
        return placement.place(
                partitions - topic.partitionCount(), factor, machine.view().topics());
    }

    private static Topic grown(Topic topic, List<List<Integer>> added) {
        List<List<Integer>> replicas = new ArrayList<>(topic.replicas());
        replicas.addAll(added);
        return new Topic(topic.id(), topic.name(), replicas, topic.configs(), topic.moves());
    }

    private Decision<TopicOutcome> decideGrowth(Topic before, Topic grown) {
        Optional<StoredTopic> stored = stored(grown);
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
        Topic changed = new Topic(
                grown.id(),
                grown.name(),
                grown.replicas(),
                grown.configs(),
                stored.get().topic().moves());
        return new Decision.Propose<>(stored.get().replacedBy(changed), new Done(grown));
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
        Topic changed = new Topic(topic.id(), topic.name(), topic.replicas(), configs, topic.moves());
        return TopicRules.checkConfigSize(changed).<TopicOutcome>map(i -> i).orElseGet(() -> new Done(changed));
    }

    private Decision<TopicOutcome> decideConfigs(Topic asked, Function<Topic, ConfigEdit> edit) {
        Optional<StoredTopic> stored = stored(asked);
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

    private Optional<StoredTopic> stored(Topic topic) {
        return StoredTopic.find(machine.tree(), topic.id(), topic.name());
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

    /** As {@link Metadata#move}. */
    CompletableFuture<Map<Integer, TopicOutcome>> move(
            String name, Map<Integer, Optional<List<Integer>>> targets, boolean mayChangeFactor) {
        Optional<Topic> known = machine.view().topic(name);
        if (known.isEmpty()) {
            return CompletableFuture.completedFuture(TopicMoves.all(targets.keySet(), new Unknown(name)));
        }
        return writer.write(() -> {
            Optional<StoredTopic> stored = stored(known.get());
            if (stored.isEmpty()) {
                return new Decision.Done<>(TopicMoves.all(targets.keySet(), new Unknown(name)));
            }
            TopicMoves moves = TopicMoves.of(stored.get().topic(), targets, mayChangeFactor, rules);
            return moves.changed().equals(stored.get().topic())
                    ? new Decision.Done<>(moves.outcomes())
                    : new Decision.Propose<>(stored.get().replacedBy(moves.changed()), moves.outcomes());
        });
    }

    /** As {@link Metadata#endMove}. */
    CompletableFuture<TopicOutcome> endMove(Topic topic, int partition, List<Integer> replicas) {
        return writer.write(() -> {
            Optional<StoredTopic> stored = stored(topic);
            if (stored.isEmpty()) {
                return new Decision.Done<>(new Unknown(topic.name()));
            }
            Topic now = stored.get().topic();
            boolean isStillMeant = partition < now.partitionCount()
                    && now.move(partition).isPresent()
                    && now.target(partition).equals(replicas);
            if (!isStillMeant) {
                return new Decision.Done<>(new Done(now));
            }
            Topic ended = TopicMoves.ended(now, partition);
            return new Decision.Propose<>(stored.get().replacedBy(ended), new Done(ended));
        });
    }
}
