package io.oarlog.server.group;

import io.oarlog.metadata.Metadata;
import io.oarlog.metadata.Topic;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.RequestContext;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks from time to time which groups there are on this node, for those that have come or gone without a request. */
public final class GroupLook {
    private static final Logger LOG = LoggerFactory.getLogger(GroupLook.class);

    private final Metadata metadata;
    private final CoordinatorHost host;
    private final GroupNaming naming;

    public GroupLook(Metadata metadata, CoordinatorHost host, GroupNaming naming) {
        this.metadata = metadata;
        this.host = host;
        this.naming = naming;
    }

    public void start(ScheduledExecutorService timer, Duration interval) {
        var unused = timer.scheduleWithFixedDelay(
                this::look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            compare();
        } catch (RuntimeException e) {
            // One that fails must not be the last; also when the coordinator has ended meanwhile.
            LOG.atDebug().setCause(e).log("the names of groups were not compared; the next look does it");
        }
    }

    private void compare() {
        Optional<GroupCoordinator> coordinator = host.coordinator();
        Optional<Topic> topic = metadata.topic(OffsetsTopic.NAME);
        if (coordinator.isEmpty() || topic.isEmpty()) {
            return;
        }
        Set<Integer> served = served(topic.get());
        var unused = coordinator
                .get()
                .listGroups(context(), new ListGroupsRequestData())
                .thenAccept(listed -> naming.compare(listed, served, topic.get().partitionCount()));
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
