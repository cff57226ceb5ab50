package io.oarlog.server.group;

import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.Topic;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names the groups that are coordinated here in the znode tree: soon after they appear, and until a look finds them gone.
 * The tree follows the groups, nothing depends on it. Thread-safe.
 */
public final class GroupNaming {
    private static final Logger LOG = LoggerFactory.getLogger(GroupNaming.class);

    private final Metadata metadata;
    private final CoordinatorHost host;
    private final Set<String> beingNamed = ConcurrentHashMap.newKeySet();
    /** Names that had no group when it was looked last. Confined to one look at a time. */
    private Set<String> missing = new HashSet<>();

    public GroupNaming(Metadata metadata, CoordinatorHost host) {
        this.metadata = metadata;
        this.host = host;
    }

    /** Looks from time to time for groups that have come or gone without a request. */
    public void start(ScheduledExecutorService timer, Duration interval) {
        var unused = timer.scheduleWithFixedDelay(
                this::look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** There is such a group. Returns at once. */
    void onSeen(String group) {
        if (!metadata.hasGroupName(group) && beingNamed.add(group)) {
            var unused = written(metadata.addGroupName(group)).thenRun(() -> beingNamed.remove(group));
        }
    }

    /** The group was deleted. Returns at once. */
    void onDeleted(String group) {
        var unused = written(metadata.removeGroupName(group));
    }

    private void look() {
        Optional<GroupCoordinator> coordinator = host.coordinator();
        Optional<Topic> topic = metadata.topic(OffsetsTopic.NAME);
        if (coordinator.isPresent() && topic.isPresent()) {
            // Of these alone: of other partitions' groups nothing is said here.
            Set<Integer> served = served(topic.get());
            var unused = coordinator
                    .get()
                    .listGroups(context(), new ListGroupsRequestData())
                    .thenAccept(listed -> compare(listed, served, topic.get().partitionCount()));
        }
    }

    private Set<Integer> served(Topic topic) {
        Set<Integer> served = new HashSet<>();
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            if (host.serves(partition)) {
                served.add(partition);
            }
        }
        return served;
    }

    private synchronized void compare(ListGroupsResponseData listed, Set<Integer> served, int partitionCount) {
        if (listed.errorCode() != Errors.NONE.code()) {
            return;
        }
        Set<String> present = listed.groups().stream().map(ListedGroup::groupId).collect(Collectors.toSet());
        present.forEach(this::onSeen);
        Set<String> absent = new HashSet<>(metadata.groupNames());
        absent.removeAll(present);
        absent.removeIf(group -> !served.contains(OffsetsTopic.partitionOf(group, partitionCount)));
        // Twice in a row: one that is named just now may not have been listed.
        absent.stream().filter(missing::contains).forEach(this::onDeleted);
        missing = absent;
    }

    private static CompletableFuture<Void> written(CompletableFuture<Boolean> write) {
        return write.handle((done, failure) -> {
                    if (failure != null) {
                        LOG.atDebug().setCause(failure).log("a group's name was not written; the next look does it");
                    }
                    return done;
                })
                .thenAccept(done -> {});
    }

    private static RequestContext context() {
        return new RequestContext(
                new RequestHeader(ApiKeys.LIST_GROUPS, ApiKeys.LIST_GROUPS.latestVersion(), "broker", 0),
                "",
                InetAddress.getLoopbackAddress(),
                KafkaPrincipal.ANONYMOUS,
                ListenerName.forSecurityProtocol(SecurityProtocol.PLAINTEXT),
                SecurityProtocol.PLAINTEXT,
                ClientInformation.EMPTY,
                true);
    }
}
