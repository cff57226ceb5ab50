package io.oarlog.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RaftCommandLogTest {
    @Test
    void shouldCloseWhileCommandsHaveNoAnswer() throws IOException {
        // given: a peer that takes connections and says nothing
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            RaftPeer peer = RaftPeer.newBuilder()
                    .setId("1")
                    .setAddress("127.0.0.1:" + silent.getLocalPort())
                    .build();
            RaftGroup group = RaftGroup.valueOf(RaftGroupId.valueOf(UUID.randomUUID()), peer);
            RaftCommandLog log = new RaftCommandLog(() -> group, 1, () -> null);
            CompletableFuture<ByteBuffer> command = log.submit(ByteBuffer.allocate(8));
            try (Socket connection = silent.accept()) {
                assertThat(connection.isConnected()).isTrue();

                // when
                log.close();

                // then
                assertThat(command).failsWithin(Duration.ofSeconds(30));
            }
        }
    }
}
