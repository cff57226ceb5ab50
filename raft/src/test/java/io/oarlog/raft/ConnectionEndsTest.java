package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.grpc.RaftServerProtocolServiceGrpc;
import org.apache.ratis.thirdparty.io.grpc.ManagedChannel;
import org.apache.ratis.thirdparty.io.grpc.Server;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyChannelBuilder;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ConnectionEndsTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int LOOKS = 20;

    private final AtomicInteger told = new AtomicInteger();
    private final ConnectionEnds ends = new ConnectionEnds();

    /** Else two nodes that look at each other would never stop. */
    @Test
    void shouldTellOfStreamsThatBreakOffAndNotOfThoseWhoLook() throws Exception {
        ends.listen(told::incrementAndGet);
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Server server = ends.customize(NettyServerBuilder.forAddress(loopback), EnumSet.of(GrpcServices.Type.SERVER))
                .build()
                .start();
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
                .usePlaintext()
                .build();
        try {
            // when
            for (int i = 0; i < LOOKS; i++) {
                new Socket(InetAddress.getLoopbackAddress(), server.getPort()).close();
            }
            RaftServerProtocolServiceGrpc.RaftServerProtocolServiceBlockingStub stub =
                    RaftServerProtocolServiceGrpc.newBlockingStub(channel);
            assertThatThrownBy(() -> stub.requestVote(RequestVoteRequestProto.getDefaultInstance()))
                    .isInstanceOf(StatusRuntimeException.class);

            // then
            await().atMost(LIMIT).until(() -> told.get() > 0);
            assertThat(told).hasValue(1);
        } finally {
            channel.shutdownNow();
            server.shutdownNow().awaitTermination();
        }
    }
}
