package io.oarlog.raft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.AlreadyExistsException;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings this node into the metadata group.
 *
 * <pre>
 * empty disk, no cluster    the node with the lowest id gives the group to all others, when each of them has said that it is empty
 * empty disk, a cluster     it has itself made a member, in the place of the one that had its id before if there was one
 * another address           likewise, under another name, with its disk: see {@link NodeIdentity}
 * member                    nothing; only when it hears of no leader it asks whether it was removed
 * </pre>
 *
 * <p>Looks on a timer of its own, and waits for other nodes there.
 */
final class ClusterEntry {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterEntry.class);
    private static final long INTERVAL_MILLIS = 300;
    /** An election takes less: until then it is nothing to ask others about. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final RaftServer server;
    private final List<RaftPeer> configured;
    private final RaftPeer self;
    private final boolean isLateComer;
    private final Optional<RaftPeerId> formerName;
    private final NodeIdentity.Membership membership;
    private final Executor pool;
    private final Consumer<Throwable> onFailure;
    private final ClientId clientId = ClientId.randomId();
    /** Empty nodes of a cluster that this one begins, which do not have the group yet. */
    private final Set<RaftPeer> toBeGiven = new LinkedHashSet<>();

    private long triedNanos = System.nanoTime() - PAUSE_NANOS;
    private long leaderlessSinceNanos = System.nanoTime();
    private long reportedNanos = System.nanoTime();

    /**
     * @param identity of the server
     * @param pool for calls that wait
     * @param onFailure told when this node can never be a member as it is
     */
    ClusterEntry(
            RaftServer server,
            RaftNodeSettings settings,
            NodeIdentity identity,
            Executor pool,
            Consumer<Throwable> onFailure) {
        this.server = server;
        this.configured = ClusterPeers.configured(settings);
        this.self = RaftPeer.newBuilder()
                .setId(identity.name())
                .setAddress(settings.address().toString())
                .build();
        this.isLateComer = identity.isLateComer();
        this.formerName = identity.formerName();
        this.membership = identity.membership();
        this.pool = pool;
        this.onFailure = onFailure;
    }

    /** Looks on the timer until that is shut down. */
    void lookOnInterval(ScheduledExecutorService timer) {
        var unused = timer.scheduleWithFixedDelay(this::look, 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look() {
        try {
            give();
            RaftServer.Division division = RaftDivisions.find(server, GroupIds.METADATA);
            if (division == null) {
                enter();
            } else if (isMember(division)) {
                remember(division);
                watch(division);
            } else if (membership.was()) {
                onRemoved();
            } else {
                join(division);
            }
        } catch (IOException | RuntimeException e) {
            report("the node is not in the cluster yet; it goes on trying: " + e.getMessage());
            LOG.debug("not in the cluster yet", e);
        }
    }

    /** Not by an entry that the next leader may cut. */
    private void remember(RaftServer.Division division) throws IOException {
        RaftConfiguration members = division.getRaftConf();
        if (members.getPreviousPeers().isEmpty()
                && members.getLogEntryIndex() <= division.getRaftLog().getLastCommittedIndex()) {
            membership.remember();
        }
    }

    private boolean isMember(RaftServer.Division division) {
        return division.getRaftConf().getAllPeers().stream()
                .anyMatch(peer -> peer.getId().equals(self.getId()));
    }

    private List<RaftPeer> others() {
        return configured.stream()
                .filter(peer -> PeerIds.nodeOf(peer.getId()) != PeerIds.nodeOf(self.getId()))
                .toList();
    }

    /** The configured ones, and those that the group has by now. */
    private List<RaftPeer> allOthers(RaftServer.@Nullable Division division) {
        Map<Integer, RaftPeer> all = new LinkedHashMap<>();
        others().forEach(peer -> all.put(PeerIds.nodeOf(peer.getId()), peer));
        if (division != null) {
            division.getRaftConf()
                    .getCurrentPeers()
                    .forEach(peer -> all.putIfAbsent(PeerIds.nodeOf(peer.getId()), peer));
        }
        all.remove(PeerIds.nodeOf(self.getId()));
        return List.copyOf(all.values());
    }

    private void enter() throws IOException {
        if (isLateComer) {
            // Without members: its leader will tell it who they are.
            add(RaftGroup.valueOf(GroupIds.METADATA));
            return;
        }
        List<RaftPeer> others = others();
        List<MetadataInquiry.Answer> answers = MetadataInquiry.ask(others, pool);
        if (answers.stream().anyMatch(ClusterEntry::isBegun)) {
            // It may be about to be given the group.
            if (System.nanoTime() - leaderlessSinceNanos < PATIENCE_NANOS
                    || RaftDivisions.find(server, GroupIds.METADATA) != null) {
                return;
            }
            onFailure.accept(new IOException("node " + self.getId() + " has an empty disk, and none of the other nodes"
                    + " answered when it started, but they have a cluster already: start it again to have it join"));
            return;
        }
        leaderlessSinceNanos = System.nanoTime();
        List<RaftPeer> awaited = notReady(others, answers);
        if (awaited.isEmpty() && isFirst()) {
            begin(others, answers);
        } else if (!awaited.isEmpty()) {
            report("the first start of a cluster needs all its nodes; not heard of yet: " + awaited);
        }
    }

    private static boolean isBegun(MetadataInquiry.Answer answer) {
        return answer instanceof MetadataInquiry.Answer.Member member && member.hasEntries();
    }

    private static List<RaftPeer> notReady(List<RaftPeer> others, List<MetadataInquiry.Answer> answers) {
        List<RaftPeer> awaited = new ArrayList<>();
        for (int i = 0; i < others.size(); i++) {
            if (answers.get(i) instanceof MetadataInquiry.Answer.Silent) {
                awaited.add(others.get(i));
            }
        }
        return awaited;
    }

    private boolean isFirst() {
        return others().stream().allMatch(other -> PeerIds.nodeOf(other.getId()) > PeerIds.nodeOf(self.getId()));
    }

    /** This node first: when it dies in the midst it knows that it has to go on. */
    private void begin(List<RaftPeer> others, List<MetadataInquiry.Answer> answers) throws IOException {
        for (int i = 0; i < others.size(); i++) {
            if (answers.get(i) instanceof MetadataInquiry.Answer.Empty) {
                toBeGiven.add(others.get(i));
            }
        }
        if (RaftDivisions.find(server, GroupIds.METADATA) == null) {
            LOG.atInfo()
                    .addKeyValue("nodes", configured)
                    .log("a cluster begins: all of its nodes are there, and empty");
            add(RaftGroup.valueOf(GroupIds.METADATA, configured));
        }
        give();
    }

    /** Also when the others have begun: those have voted for nobody yet. */
    private void give() {
        for (RaftPeer other : List.copyOf(toBeGiven)) {
            try (RaftClient client = MetadataInquiry.client(List.of(other), null)) {
                MetadataMembers.requireSuccess(client.getGroupManagementApi(other.getId())
                        .add(RaftGroup.valueOf(GroupIds.METADATA, configured), false));
                toBeGiven.remove(other);
            } catch (AlreadyExistsException e) {
                toBeGiven.remove(other);
            } catch (IOException e) {
                report("a node of the new cluster does not take part yet, it is tried again: " + other + ": "
                        + e.getMessage());
            }
        }
    }

    private void add(RaftGroup group) throws IOException {
        try {
            MetadataMembers.requireSuccess(server.groupManagementAsync(
                            GroupManagementRequest.newAdd(clientId, server.getId(), 0, group, false))
                    .join());
        } catch (CompletionException e) {
            throw new IOException("the metadata group does not start: " + e.getCause(), e);
        }
    }

    /**
     * What a member says that knows a leader.
     *
     * @param isFromLeader only what the leader says itself: others may be behind
     */
    private Optional<MetadataInquiry.Answer.Member> led(RaftServer.Division division, boolean isFromLeader) {
        return MetadataInquiry.ask(allOthers(division), pool).stream()
                .filter(MetadataInquiry.Answer.Member.class::isInstance)
                .map(MetadataInquiry.Answer.Member.class::cast)
                .filter(member -> member.isLed() && (member.leads() || !isFromLeader))
                .findFirst();
    }

    private void join(RaftServer.Division division) throws IOException {
        if (System.nanoTime() - triedNanos < PAUSE_NANOS) {
            // Others may want to change the members meanwhile.
            return;
        }
        MetadataInquiry.Answer.Member cluster =
                led(division, false).orElseThrow(() -> new IOException("no other node knows a leader of the metadata"));
        RaftPeer leader = cluster.leader().orElseThrow();
        if (cluster.members().stream().anyMatch(peer -> peer.getId().equals(self.getId()))) {
            return; // and will hear so from the leader
        }
        Optional<String> refusal = refusal(cluster.members(), leader);
        if (refusal.isPresent()) {
            onFailure.accept(new IOException(refusal.get()));
            return;
        }
        int node = PeerIds.nodeOf(self.getId());
        LOG.atInfo()
                .addKeyValue("as", self.getId())
                .addKeyValue("members", cluster.members())
                .log("the node joins the cluster");
        try {
            List<RaftPeer> next = MetadataMembers.without(node, cluster.members());
            next.add(self);
            MetadataMembers.change(cluster.members(), next, leader.getId());
        } finally {
            triedNanos = System.nanoTime();
        }
    }

    private Optional<String> refusal(Collection<RaftPeer> members, RaftPeer leader) throws IOException {
        AdmissionRequest request = new AdmissionRequest(PeerIds.nodeOf(self.getId()), self.getId(), formerName);
        try (PeerReads reads = new PeerReads(RaftGroup.valueOf(GroupIds.METADATA, members))) {
            return AdmissionRequest.refusal(reads.ask(leader.getId(), request.encode()));
        }
    }

    /** A member that nobody counts as one, or can reach, hears of no leader, and its elections are in vain. */
    private void watch(RaftServer.Division division) throws IOException {
        if (division.getInfo().isAlive() && division.getInfo().getLeaderId() != null) {
            leaderlessSinceNanos = System.nanoTime();
            membership.rememberAddress(self.getAddress());
            return;
        }
        // Ratis closes the replica when the leader says that it is no member.
        boolean isBegun = !division.getInfo().isAlive() || division.getRaftLog().getLastEntryTermIndex() != null;
        if (!isBegun && isFirst()) {
            // It may have died before all of them had the group.
            List<MetadataInquiry.Answer> answers = MetadataInquiry.ask(others(), pool);
            if (notReady(others(), answers).isEmpty() && answers.stream().noneMatch(ClusterEntry::isBegun)) {
                begin(others(), answers);
                return;
            }
        }
        if (System.nanoTime() - leaderlessSinceNanos > PATIENCE_NANOS) {
            leaderlessSinceNanos = System.nanoTime();
            Optional<MetadataInquiry.Answer.Member> led = led(division, true);
            boolean isLeaderless =
                    !division.getInfo().isAlive() || division.getInfo().getLeaderId() == null;
            if (led.isPresent() && isLeaderless) {
                onForgotten(division, led.get());
            }
        }
    }

    /** The others go on without this node. */
    private void onForgotten(RaftServer.Division division, MetadataInquiry.Answer.Member cluster) throws IOException {
        Optional<RaftPeer> known = cluster.members().stream()
                .filter(peer -> peer.getId().equals(self.getId()))
                .findFirst();
        if (known.isEmpty() && membership.was()) {
            onRemoved();
        } else if (known.isEmpty()) {
            join(division);
        } else if (!known.get().getAddress().equals(self.getAddress())) {
            onFailure.accept(new IOException("node " + self.getId() + " is known to the others at "
                    + known.get().getAddress() + ", and none of them answered when it started at " + self.getAddress()
                    + ": start it again to have it found there"));
        }
    }

    private void onRemoved() {
        onFailure.accept(new IOException("node " + PeerIds.nodeOf(self.getId())
                + " was removed from the cluster; to have it join again empty its data directory first"));
    }

    private void report(String what) {
        if (System.nanoTime() - reportedNanos > REPORT_NANOS) {
            reportedNanos = System.nanoTime();
            LOG.atInfo().log(what);
        }
    }
}
