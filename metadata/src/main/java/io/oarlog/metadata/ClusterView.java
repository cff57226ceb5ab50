package io.oarlog.metadata;

import io.oarlog.metadata.tree.Znode;
import io.oarlog.metadata.tree.ZnodeEvent;
import io.oarlog.metadata.tree.ZnodePath;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brokers, topics and leaders, read out of the tree as it changes. Single writer (the apply thread), many readers, none of
 * which takes a lock. A znode whose data breaks the layout is left out with one log line; the last good state stays.
 */
final class ClusterView implements TreeListener {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterView.class);

    private final List<MetadataListener> listeners = new CopyOnWriteArrayList<>();
    private final Map<String, TopicEntry> topicsByName = new ConcurrentHashMap<>();
    private final Map<UUID, TopicEntry> topicsById = new ConcurrentHashMap<>();
    private volatile List<BrokerRegistration> brokers = List.of();
    private volatile @Nullable String clusterId;

    /** @param czxid zxid by which the topic's znode was created */
    private record TopicEntry(Topic topic, long czxid, Map<Integer, PublishedLeader> leaders) {}

    Optional<String> clusterId() {
        return Optional.ofNullable(clusterId);
    }

    /** Sorted by id. */
    List<BrokerRegistration> brokers() {
        return brokers;
    }

    Collection<Topic> topics() {
        return topicsByName.values().stream().map(TopicEntry::topic).toList();
    }

    Optional<Topic> topic(String name) {
        return Optional.ofNullable(topicsByName.get(name)).map(TopicEntry::topic);
    }

    Optional<Topic> topic(UUID id) {
        return Optional.ofNullable(topicsById.get(id)).map(TopicEntry::topic);
    }

    /** zxid by which the topic's znode was created; empty when there is no such topic. */
    OptionalLong topicCzxid(UUID topicId) {
        TopicEntry entry = topicsById.get(topicId);
        return entry == null ? OptionalLong.empty() : OptionalLong.of(entry.czxid());
    }

    Optional<PublishedLeader> publishedLeader(UUID topicId, int partition) {
        return Optional.ofNullable(topicsById.get(topicId))
                .map(entry -> entry.leaders().get(partition));
    }

    void addListener(MetadataListener listener) {
        listeners.add(listener);
    }

    @Override
    public void onChange(ZnodeTree tree, List<ZnodeEvent> events) {
        for (ZnodeEvent event : events) {
            if (event.kind() != ZnodeEvent.Kind.CHILDREN_CHANGED) {
                ifReadable(event.path(), () -> onChange(tree, event));
            }
        }
    }

    private static void ifReadable(String path, Runnable change) {
        try {
            change.run();
        } catch (MalformedZnodeException e) {
            LOG.atWarn().addKeyValue("path", path).setCause(e).log("znode ignored");
        }
    }

    @Override
    public void onRestored(ZnodeTree tree) {
        tree.get(ClusterZnodes.ID)
                .ifPresent(node -> ifReadable(ClusterZnodes.ID, () -> clusterId = ClusterZnodes.readId(node.data())));
        brokers = List.of();
        for (String name : tree.children(BrokerZnodes.IDS)) {
            String path = ZnodePath.child(BrokerZnodes.IDS, name);
            ifReadable(path, () -> onBroker(name, tree.get(path)));
        }
        for (String name : List.copyOf(topicsByName.keySet())) {
            if (!tree.exists(TopicZnodes.topicPath(name))) {
                onTopicGone(name);
            }
        }
        tree.children(TopicZnodes.TOPICS).forEach(name -> onTopicRestored(tree, name));
    }

    private void onTopicRestored(ZnodeTree tree, String name) {
        String path = TopicZnodes.topicPath(name);
        ifReadable(path, () -> onTopic(tree, name, tree.get(path).orElseThrow()));
        TopicEntry entry = topicsByName.get(name);
        if (entry != null) {
            entry.leaders().keySet().removeIf(partition -> !tree.exists(TopicZnodes.statePath(name, partition)));
        }
        for (String partition : tree.children(TopicZnodes.partitionsPath(name))) {
            String statePath =
                    ZnodePath.child(ZnodePath.child(TopicZnodes.partitionsPath(name), partition), TopicZnodes.STATE);
            tree.get(statePath)
                    .ifPresent(node -> ifReadable(statePath, () -> onState(name, partition, Optional.of(node))));
        }
    }

    private void onChange(ZnodeTree tree, ZnodeEvent event) {
        String path = event.path();
        // A later command of the same multi may have deleted what this event created: what counts is what is there now.
        Optional<Znode> znode = tree.get(path);
        if (path.equals(ClusterZnodes.ID)) {
            znode.ifPresent(node -> clusterId = ClusterZnodes.readId(node.data()));
        } else if (isBelow(path, BrokerZnodes.IDS)) {
            onBroker(path.substring(BrokerZnodes.IDS.length() + 1), znode);
        } else if (isBelow(path, TopicZnodes.CONFIGS)) {
            String topic = path.substring(TopicZnodes.CONFIGS.length() + 1);
            if (topicsByName.containsKey(topic)) {
                tree.get(TopicZnodes.topicPath(topic)).ifPresent(node -> onTopic(tree, topic, node));
            }
        } else if (isBelow(path, TopicZnodes.TOPICS)) {
            onTopicPath(
                    tree, event, path.substring(TopicZnodes.TOPICS.length() + 1).split("/", -1), znode);
        }
    }

    private static boolean isBelow(String path, String parent) {
        return path.length() > parent.length() && path.startsWith(parent) && path.charAt(parent.length()) == '/';
    }

    private void onBroker(String name, Optional<Znode> znode) {
        List<BrokerRegistration> changed = new ArrayList<>(brokers);
        changed.removeIf(broker -> Integer.toString(broker.id()).equals(name));
        try {
            znode.ifPresent(node -> changed.add(BrokerZnodes.read(name, node.data())));
        } finally {
            changed.sort(Comparator.comparingInt(BrokerRegistration::id));
            brokers = List.copyOf(changed);
        }
    }

    /** @param names of the path below that of all topics: T, T/partitions, T/partitions/P or T/partitions/P/state */
    private void onTopicPath(ZnodeTree tree, ZnodeEvent event, String[] names, Optional<Znode> znode) {
        if (names.length == 1) {
            if (event.kind() == ZnodeEvent.Kind.DELETED) {
                onTopicGone(names[0]);
            }
            znode.ifPresent(node -> onTopic(tree, names[0], node));
        } else if (names.length == 4 && names[1].equals(TopicZnodes.PARTITIONS) && names[3].equals(TopicZnodes.STATE)) {
            onState(names[0], names[2], znode);
        }
    }

    private void onTopic(ZnodeTree tree, String name, Znode znode) {
        TopicZnodes.Assignment assignment = TopicZnodes.readAssignment(znode.data());
        Topic topic =
                new Topic(assignment.topicId(), name, assignment.replicas(), configs(tree, name), assignment.moves());
        TopicEntry old = topicsByName.get(name);
        if (old != null && old.topic().id().equals(topic.id())) {
            put(new TopicEntry(topic, old.czxid(), old.leaders()));
            if (!topic.equals(old.topic())) {
                tell(listener -> listener.onTopicChanged(old.topic(), topic));
            }
            return;
        }
        onTopicGone(name);
        put(new TopicEntry(topic, znode.czxid(), new ConcurrentHashMap<>()));
        tell(listener -> listener.onTopicCreated(topic));
    }

    /** A topic must not vanish because somebody spoilt its configs: it then has none. */
    private static Map<String, String> configs(ZnodeTree tree, String topic) {
        Optional<Znode> znode = tree.get(TopicZnodes.configPath(topic));
        try {
            return znode.map(node -> TopicZnodes.readConfig(node.data())).orElse(Map.of());
        } catch (MalformedZnodeException e) {
            LOG.atWarn().addKeyValue("topic", topic).setCause(e).log("configs ignored");
            return Map.of();
        }
    }

    private void put(TopicEntry entry) {
        topicsById.put(entry.topic().id(), entry);
        topicsByName.put(entry.topic().name(), entry);
    }

    private void onTopicGone(String name) {
        TopicEntry gone = topicsByName.remove(name);
        if (gone != null) {
            topicsById.remove(gone.topic().id());
            tell(listener -> listener.onTopicDeleted(gone.topic()));
        }
    }

    private void onState(String topic, String partition, Optional<Znode> znode) {
        TopicEntry entry = topicsByName.get(topic);
        if (entry == null) {
            return;
        }
        int number;
        try {
            number = Integer.parseInt(partition);
        } catch (NumberFormatException e) {
            throw new MalformedZnodeException("'" + partition + "' is no partition", e);
        }
        if (znode.isPresent()) {
            entry.leaders().put(number, TopicZnodes.readState(znode.get().data()));
        } else {
            entry.leaders().remove(number);
        }
    }

    /** A listener's failure must keep neither the others nor the rest of the change from being told. */
    private void tell(Consumer<MetadataListener> call) {
        for (MetadataListener listener : listeners) {
            try {
                call.accept(listener);
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("a metadata listener failed");
            }
        }
    }
}
