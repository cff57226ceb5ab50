package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.OpenFiles;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;

/**
 * A partition for probes, in leader epoch 1, without the rest of its Raft group: entries get a place and are never committed.
 * Confined to its caller.
 */
public final class HalfPartition {
    static final RaftPeerId NODE = RaftPeerId.valueOf("1");
    private static final PartitionId ID = new PartitionId(new UUID(0, 1), "orders", 0);
    static final RaftGroupMemberId MEMBER = RaftGroupMemberId.valueOf(NODE, GroupIds.of(ID));
    private static final int EPOCH = 1;

    private final RaftPartition partition;
    private final NodeResources resources;

    private HalfPartition(RaftPartition partition, NodeResources resources) {
        this.partition = partition;
        this.resources = resources;
    }

    /**
     * Opens an empty one.
     *
     * @param leads whether this node leads; else nobody is known to
     */
    public static HalfPartition open(Path directory, boolean leads) throws Exception {
        NodeResources resources = new NodeResources(
                new TailCache(0),
                DiskReserve.of(Disk.system(), directory, 1),
                new PeerSpaces(System::nanoTime),
                Runnable::run,
                Runnable::run,
                Runnable::run,
                (id, leader, firstIndex) -> new CompletableFuture<>(),
                damaged -> {});
        RaftPartition partition = new RaftPartition(
                ID,
                new PartitionFiles(Disk.system(), directory.resolve("log"), LogSettings.defaults(), new OpenFiles(10)),
                new Ignored(),
                RaftSettings.defaults(),
                resources,
                10);
        partition.openLog(directory.resolve("no-group"));
        Field division = RaftPartition.class.getDeclaredField("division");
        division.setAccessible(true);
        division.set(partition, division(leads));
        return new HalfPartition(partition, resources);
    }

    public ReplicatedLog log() {
        return partition;
    }

    RaftPartition partition() {
        return partition;
    }

    NodeResources resources() {
        return resources;
    }

    /** Appends to the segments what is in the order of their offsets. */
    public HalfPartition stored(List<ByteBuffer> batches) {
        for (ByteBuffer batch : batches) {
            partition.log().append(List.of(batch), List.of(BatchHeader.read(batch, 0)));
        }
        partition.log().flush();
        return this;
    }

    public HalfPartition committed(long endOffset) {
        partition.advanceHighWatermark(endOffset);
        return this;
    }

    private static Object division(boolean leads) {
        DivisionInfo info = (DivisionInfo) answering(
                List.of(DivisionInfo.class),
                Map.of(
                        "isLeader", arguments -> leads,
                        "isLeaderReady", arguments -> leads,
                        "getCurrentTerm", arguments -> (long) EPOCH));
        List<RaftPeer> members = List.of(RaftPeer.newBuilder().setId(NODE).build());
        RaftConfiguration configuration = (RaftConfiguration)
                answering(List.of(RaftConfiguration.class), Map.of("getCurrentPeers", arguments -> members));
        return answering(
                List.of(RaftServer.Division.class, RaftClientAsynchronousProtocol.class),
                Map.of(
                        "getInfo", arguments -> info,
                        "getId", arguments -> NODE,
                        "getMemberId", arguments -> MEMBER,
                        "getRaftConf", arguments -> configuration,
                        "submitClientRequestAsync", arguments -> place((RaftClientRequest) arguments[0])));
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it is the answer
    private static Object place(RaftClientRequest request) {
        ((PartitionStateMachine.EntryMessage) request.getMessage()).entry().placeAt(0, EPOCH);
        return new CompletableFuture<>();
    }

    /** Methods without an answer give null. */
    private static Object answering(List<Class<?>> types, Map<String, Function<Object[], Object>> answers) {
        return Proxy.newProxyInstance(
                HalfPartition.class.getClassLoader(), types.toArray(Class<?>[]::new), (proxy, method, arguments) -> {
                    Function<Object[], Object> answer = answers.get(method.getName());
                    return answer == null ? null : answer.apply(arguments);
                });
    }

    private static final class Ignored implements PartitionListener {
        @Override
        public void onHighWatermark(PartitionId partition, long highWatermark) {}

        @Override
        public void onLogStart(PartitionId partition, long logStartOffset) {}

        @Override
        public void onLeaderChange(PartitionId partition, PartitionLeader leader) {}
    }
}
