package io.oarlog.raft;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of the cluster as Raft's peers: the members of the metadata group, as this node knows them; until it knows the group,
 * those of its settings. Thread-safe.
 */
final class ClusterPeers {
    private final RaftNodeSettings settings;
    private final Supplier<RaftServer.@Nullable Division> metadata;

    /** @param metadata this node's member of the metadata group; null while there is none */
    ClusterPeers(RaftNodeSettings settings, Supplier<RaftServer.@Nullable Division> metadata) {
        this.settings = settings;
        this.metadata = metadata;
    }

    /** Those that the settings name, as the nodes that a cluster begins with. */
    static List<RaftPeer> configured(RaftNodeSettings settings) {
        return settings.nodes().entrySet().stream()
                .map(node -> RaftPeer.newBuilder()
                        .setId(PeerIds.of(node.getKey()))
                        .setAddress(node.getValue().toString())
                        .build())
                .toList();
    }

    private Collection<RaftPeer> members() {
        RaftServer.Division division = metadata.get();
        return division == null ? List.of() : division.getRaftConf().getCurrentPeers();
    }

    /** Whether a peer is none of them any more; false as long as the members are not known. */
    boolean isFormer(RaftPeerId peer) {
        Collection<RaftPeer> members = members();
        return !members.isEmpty()
                && members.stream().noneMatch(member -> member.getId().equals(peer));
    }

    /**
     * Whether a peer's disk was given up: the change of the members that took it out is committed. Where this node has not heard of all
     * changes yet, one that has joined since is taken for such a one as well.
     */
    boolean isGivenUp(RaftPeerId peer) {
        RaftServer.Division division = metadata.get();
        if (division == null) {
            return false;
        }
        RaftConfiguration conf = division.getRaftConf();
        return conf.getPreviousPeers().isEmpty()
                && conf.getLogEntryIndex() <= division.getRaftLog().getLastCommittedIndex()
                && isNone(conf, peer);
    }

    /** As {@link #isGivenUp}, as soon as this node hears of it; also right after a start. */
    boolean isStranger(RaftPeerId peer) {
        RaftServer.Division division = metadata.get();
        return division != null && isNone(division.getRaftConf(), peer);
    }

    private static boolean isNone(RaftConfiguration conf, RaftPeerId peer) {
        // What the settings name is none of the log's: others may have joined since.
        return conf.getPeer(peer, RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER) == null
                && conf.getLogEntryIndex() >= 0
                && !conf.getCurrentPeers().isEmpty();
    }

    /** By node id. */
    SortedMap<Integer, RaftPeer> all() {
        Collection<RaftPeer> members = members();
        SortedMap<Integer, RaftPeer> peers = new TreeMap<>();
        List<RaftPeer> configured = configured(settings);
        (members.isEmpty() ? configured : members)
                .forEach(peer -> peers.put(PeerIds.nodeOf(peer.getId()), reachable(peer, configured)));
        return peers;
    }

    /** At the address in the settings, if they name this very peer: all nodes may have other ones since the group was begun. */
    private static RaftPeer reachable(RaftPeer peer, List<RaftPeer> configured) {
        String address = configured.stream()
                .filter(known -> known.getId().equals(peer.getId()))
                .map(RaftPeer::getAddress)
                .findFirst()
                .orElse(peer.getAddress());
        return RaftPeer.newBuilder(peer).setAddress(address).setPriority(0).build();
    }

    /** All but this one. */
    List<RaftPeer> others() {
        return all().values().stream()
                .filter(peer -> PeerIds.nodeOf(peer.getId()) != settings.nodeId())
                .toList();
    }

    /** Where each but this one may be: at the address that the group has, or at that of the settings. */
    Map<RaftPeerId, Set<RaftAddress>> addressesOfOthers() {
        Map<RaftPeerId, Set<RaftAddress>> addresses = new HashMap<>();
        Stream.concat(members().stream(), others().stream())
                .filter(peer -> PeerIds.nodeOf(peer.getId()) != settings.nodeId())
                .forEach(peer -> addresses
                        .computeIfAbsent(peer.getId(), id -> new HashSet<>())
                        .add(RaftAddress.parse(peer.getAddress())));
        return addresses;
    }

    /** The metadata group with all of them. */
    RaftGroup metadataGroup() {
        return RaftGroup.valueOf(GroupIds.METADATA, all().values());
    }

    /** @throws IllegalArgumentException when there is no such node */
    RaftPeer of(int node) {
        SortedMap<Integer, RaftPeer> all = all();
        RaftPeer peer = all.get(node);
        if (peer == null) {
            throw new IllegalArgumentException("node " + node + " is not among the cluster's nodes " + all.keySet());
        }
        return peer;
    }

    /**
     * The members of a group, with priorities, see {@link StandIns}.
     *
     * @throws IllegalArgumentException when a node is not there
     */
    List<RaftPeer> of(Collection<Integer> nodes, OptionalInt preferred) {
        List<RaftPeer> peers = new ArrayList<>();
        for (int node : nodes) {
            boolean isPreferred = preferred.isPresent() && preferred.getAsInt() == node;
            peers.add(RaftPeer.newBuilder(of(node))
                    .setPriority(isPreferred ? StandIns.PREFERRED_PRIORITY : 0)
                    .build());
        }
        return peers;
    }
}
