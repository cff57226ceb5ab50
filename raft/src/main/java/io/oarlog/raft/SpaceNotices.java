package io.oarlog.raft;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.retry.RetryPolicies;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.TimeDuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the other nodes when this one is short of disk space: at once, then each second while it lasts, and once when it is
 * over. With enough space nothing is sent. Decided on the timer's thread, sent on the pool's.
 *
 * <p>A notice is a stale read of the metadata group: the one request that Ratis lets the addressed server answer itself,
 * leader or not, without an entry.
 *
 * <pre>
 * offset size field
 *      0    4 id of the node that says so
 *      4    1 code of its {@link DiskSpace}
 * </pre>
 */
final class SpaceNotices implements AutoCloseable {
    static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(SpaceNotices.class);
    private static final int NOTICE_BYTES = 5;
    /** A change is noticed within this. */
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(100);

    private static final long CHECKS_PER_INTERVAL = INTERVAL.dividedBy(CHECK_INTERVAL);

    private final int nodeId;
    private final DiskReserve reserve;
    private final Supplier<List<RaftPeer>> others;
    private final Executor sendPool;
    private final Map<RaftPeerId, RaftClient> clients = new ConcurrentHashMap<>();
    /** Peers that have not answered the last notice yet. */
    private final Set<RaftPeerId> underWay = ConcurrentHashMap.newKeySet();

    private DiskSpace sent = DiskSpace.AMPLE;
    private long checksSinceSent;

    /**
     * Sends nothing yet.
     *
     * @param others nodes, without this one
     * @param sendPool for calls that wait up to a second for an answer
     */
    SpaceNotices(int nodeId, DiskReserve reserve, Supplier<List<RaftPeer>> others, Executor sendPool) {
        this.nodeId = nodeId;
        this.reserve = reserve;
        this.others = others;
        this.sendPool = sendPool;
    }

    void sendOnInterval(ScheduledExecutorService timer) {
        long millis = CHECK_INTERVAL.toMillis();
        var unused = timer.scheduleWithFixedDelay(this::check, millis, millis, TimeUnit.MILLISECONDS);
    }

    private void check() {
        DiskSpace space = reserve.space();
        checksSinceSent++;
        boolean isRepetitionDue = space != DiskSpace.AMPLE && checksSinceSent >= CHECKS_PER_INTERVAL;
        if (space == sent && !isRepetitionDue) {
            return;
        }
        sent = space;
        checksSinceSent = 0;
        others.get().forEach(peer -> send(peer, space));
    }

    private void send(RaftPeer peer, DiskSpace space) {
        if (!underWay.add(peer.getId())) {
            return;
        }
        try {
            sendPool.execute(() -> sendAndWait(peer, space));
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops; {} is told nothing", peer);
        }
    }

    private void sendAndWait(RaftPeer peer, DiskSpace space) {
        RaftClient client = clients.computeIfAbsent(peer.getId(), id -> newClient(peer));
        try {
            Message notice = Message.valueOf(UnsafeByteOperations.unsafeWrap(encode(nodeId, space)));
            client.io().sendStaleRead(notice, 0, peer.getId());
        } catch (IOException | RuntimeException e) {
            // The next one follows in a second; and a peer that is out of reach sends nothing here either.
            LOG.atDebug().addKeyValue("peer", peer).setCause(e).log("a peer could not be told of the disk space here");
            // It may have another address by then.
            clients.remove(peer.getId(), client);
            close(client);
        } finally {
            underWay.remove(peer.getId());
        }
    }

    private static RaftClient newClient(RaftPeer peer) {
        RaftProperties properties = new RaftProperties();
        RaftClientConfigKeys.Rpc.setRequestTimeout(
                properties, TimeDuration.valueOf(INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
        return RaftClient.newBuilder()
                .setRaftGroup(RaftGroup.valueOf(GroupIds.METADATA, peer))
                .setProperties(properties)
                .setRetryPolicy(RetryPolicies.noRetry())
                .build();
    }

    private static void close(RaftClient client) {
        try {
            client.close();
        } catch (IOException e) {
            LOG.atDebug().setCause(e).log("a connection could not be closed in order");
        }
    }

    static ByteBuffer encode(int nodeId, DiskSpace space) {
        return ByteBuffer.allocate(NOTICE_BYTES)
                .putInt(nodeId)
                .put(space.code())
                .flip();
    }

    /** Hands a notice that came from another node to where it is remembered; what is not a notice is passed over. */
    static void receive(ByteBuffer notice, PeerSpaces peers) {
        if (notice.remaining() == NOTICE_BYTES) {
            int nodeId = notice.getInt();
            DiskSpace.ofCode(notice.get()).ifPresent(space -> peers.onNotice(nodeId, space));
        }
    }

    @Override
    public void close() {
        clients.values().forEach(SpaceNotices::close);
    }
}
