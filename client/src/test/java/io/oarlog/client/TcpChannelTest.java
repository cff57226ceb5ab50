package io.oarlog.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class TcpChannelTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** More than the sockets of both sides hold. */
    private static final int MORE_THAN_SOCKETS_HOLD = 32 << 20;

    private final IoLoop loop = new IoLoop("tcp-channel-test");

    @AfterEach
    void stop() {
        loop.close();
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop::execute).join();
    }

    private CompletableFuture<Void> write(TcpChannel channel, byte[] bytes) {
        return OnLoop.call(loop, () -> channel.write(ByteBuffer.wrap(bytes)));
    }

    private CompletableFuture<TcpChannel> connect(int port, Duration timeout) {
        Endpoint endpoint = new Endpoint("127.0.0.1", port);
        return OnLoop.call(loop, () -> loop.connect(endpoint, timeout, PeerSocket.IGNORED));
    }

    private static byte[] randomBytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void shouldSendWhatIsWrittenInItsOrder() throws Exception {
        long seed = System.nanoTime();
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            Random random = new Random(seed);
            TcpChannel channel = peer.accept(loop, TIMEOUT);
            byte[] all = randomBytes(random, 4 << 20);

            // when
            List<CompletableFuture<Void>> writes = new ArrayList<>();
            for (int begin = 0, end; begin < all.length; begin = end) {
                int size = random.nextInt(10) == 0 ? random.nextInt(300_000) : random.nextInt(2000);
                end = Math.min(all.length, begin + size);
                writes.add(write(channel, Arrays.copyOfRange(all, begin, end)));
            }

            // then
            assertThat(Arrays.equals(peer.read(all.length), all))
                    .as("seed %d", seed)
                    .isTrue();
            assertThat(writes).allSatisfy(CompletableFuture::join);
        }
    }

    @Test
    void shouldDeliverWhatComesInItsOrder() throws Exception {
        long seed = System.nanoTime();
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            Random random = new Random(seed);
            TcpChannel unused = peer.accept(loop, TIMEOUT);
            byte[] all = randomBytes(random, 4 << 20);

            // when
            for (int begin = 0, end; begin < all.length; begin = end) {
                end = Math.min(all.length, begin + 1 + random.nextInt(200_000));
                peer.write(Arrays.copyOfRange(all, begin, end));
            }

            // then
            await().atMost(TIMEOUT).until(() -> peer.received().length == all.length);
            assertThat(Arrays.equals(peer.received(), all)).as("seed %d", seed).isTrue();
        }
    }

    @Test
    void shouldKeepWhatASlowReaderHasNoRoomForAndSendItLater() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            TcpChannel channel = peer.accept(loop, TIMEOUT);
            byte[] all = randomBytes(new Random(1), MORE_THAN_SOCKETS_HOLD);

            // when
            CompletableFuture<Void> large = write(channel, all);
            CompletableFuture<Void> small = write(channel, new byte[] {42});

            // then
            onLoop(() -> {}); // behind the writes,
            onLoop(() -> {}); // behind their flush
            assertThat(large.isDone() || small.isDone()).isFalse();
            assertThat(Arrays.equals(peer.read(all.length), all)).isTrue();
            assertThat(peer.read(1)).containsExactly(42);
            assertThat(large).succeedsWithin(TIMEOUT);
            assertThat(small).succeedsWithin(TIMEOUT);
        }
    }

    @Test
    void shouldFailWhatIsNotSentYetWhenItIsClosedAndTellNobody() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            TcpChannel channel = peer.accept(loop, TIMEOUT);
            CompletableFuture<Void> unsent = write(channel, new byte[MORE_THAN_SOCKETS_HOLD]);

            // when
            onLoop(channel::close);
            onLoop(channel::close);

            // then
            assertThatThrownBy(unsent::join).hasCauseInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> write(channel, new byte[1]).join())
                    .hasCauseInstanceOf(ClosedChannelException.class);
            assertThat(peer.channelHasEnded()).isFalse();
        }
    }

    @Test
    void shouldTellThatTheOtherSideClosedIt() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            TcpChannel channel = peer.accept(loop, TIMEOUT);

            // when
            peer.disconnect();

            // then
            assertThat(peer.cause()).isNull();
            assertThatThrownBy(() -> write(channel, new byte[1]).join())
                    .hasCauseInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void shouldEndWhenItsReceiverFails() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            TcpChannel unused = peer.accept(loop, "127.0.0.1", TIMEOUT, bytes -> {
                throw new IllegalStateException("garbage");
            });

            // when
            peer.write(new byte[] {1});

            // then
            assertThat(peer.cause()).hasMessage("garbage");
            assertThat(peer.read(1)).isEmpty();
        }
    }

    @Test
    void shouldFailWhenNobodyListens() throws Exception {
        // given
        PeerSocket peer = PeerSocket.listen();
        peer.close();

        // when
        CompletableFuture<TcpChannel> connected = connect(peer.port(), TIMEOUT);

        // then
        assertThatThrownBy(connected::join).hasCauseInstanceOf(ConnectException.class);
    }

    @Test
    void shouldGiveUpWhenNobodyAnswersInTime() throws Exception {
        try (SilentServer server = SilentServer.start()) {
            // when
            CompletableFuture<TcpChannel> connected = connect(server.port(), Duration.ofMillis(100));

            // then
            assertThatThrownBy(connected::join)
                    .hasCauseInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("within");
        }
    }

    @Test
    void shouldGiveUpWhenTheLoopEndsBeforeItIsOpen() throws Exception {
        try (SilentServer server = SilentServer.start()) {
            // given
            CompletableFuture<TcpChannel> connected = connect(server.port(), TIMEOUT);
            onLoop(() -> {}); // behind the look at the address,
            onLoop(() -> {}); // behind the begin

            // when
            loop.close();

            // then
            assertThatThrownBy(connected::join).hasCauseInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void shouldFailWhatFollowsWhenAWriteClosesIt() throws Exception {
        try (PeerSocket peer = PeerSocket.listen()) {
            // given
            TcpChannel channel = peer.accept(loop, TIMEOUT);
            CompletableFuture<Void> last = new CompletableFuture<>();

            // when: both are written in one turn of the loop
            CompletableFuture<Void> first = OnLoop.call(loop, () -> {
                var closing = channel.write(ByteBuffer.wrap(new byte[] {1})).thenRun(channel::close);
                var unused = channel.write(ByteBuffer.allocate(MORE_THAN_SOCKETS_HOLD))
                        .whenComplete((done, failure) -> last.completeExceptionally(failure));
                return closing;
            });

            // then
            assertThat(first).succeedsWithin(TIMEOUT);
            assertThatThrownBy(last::join).hasCauseInstanceOf(ClosedChannelException.class);
            assertThat(peer.read(1)).containsExactly(1);
        }
    }

    /** A port that accepts no more connections and refuses none: what is beyond the backlog gets no answer. */
    private static final class SilentServer implements AutoCloseable {
        private final ServerSocket server;
        private final List<SocketChannel> others = new ArrayList<>();

        private SilentServer(ServerSocket server) {
            this.server = server;
        }

        static SilentServer start() throws IOException {
            SilentServer silent = new SilentServer(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            for (int i = 0; i < 8; i++) {
                SocketChannel other = SocketChannel.open();
                silent.others.add(other);
                other.configureBlocking(false);
                other.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.port()));
            }
            return silent;
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel other : others) {
                other.close();
            }
            server.close();
        }
    }
}
