package io.oarlog.metadata.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.oarlog.metadata.tree.Origin;
import io.oarlog.metadata.tree.SessionPassword;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LeaderWatchTest {
    private final SessionConnections sessions = new SessionConnections();
    private boolean hasLeader = true;
    private long nanos = 77;
    private final LeaderWatch watch = new LeaderWatch(this::hasLeader, () -> nanos, sessions);

    private boolean hasLeader() {
        return hasLeader;
    }

    @Test
    void shouldCloseWhenNoLeaderIsKnownForAThirdOfTheTimeout() {
        // given
        ClientConnection brief = attached(1, 3_000);
        ClientConnection patient = attached(2, 60_000);
        look(1_000);

        // when, then
        hasLeader = false;
        look(990);
        assertThat(brief.isClosed()).isFalse();
        look(10);
        assertThat(brief.isClosed()).isTrue();
        assertThat(patient.isClosed()).isFalse();
        assertThat(watch.isCutOff()).isFalse();
        look(1_000);
        assertThat(patient.isClosed()).isTrue();
        assertThat(watch.isCutOff()).isTrue();
    }

    @Test
    void shouldBeginAnewWithEachLeader() {
        // given
        ClientConnection patient = attached(2, 60_000);
        hasLeader = false;
        look(1_900);

        // when
        hasLeader = true;
        look(50);
        hasLeader = false;
        look(1_900);

        // then
        assertThat(patient.isClosed()).isFalse();
        look(100);
        assertThat(watch.isCutOff()).isTrue();
        hasLeader = true;
        look(50);
        assertThat(watch.isCutOff()).isFalse();
    }

    private void look(long millisLater) {
        nanos += TimeUnit.MILLISECONDS.toNanos(millisLater);
        watch.look();
    }

    private ClientConnection attached(long sessionId, int timeoutMillis) {
        EmbeddedChannel channel = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
            }
        };
        ClientConnection connection = new ClientConnection(channel, new Outbox(channel, 1, new NoListener()), 0);
        connection.attached(new AttachedSession(
                sessionId, SessionPassword.copyOf(new byte[16]), timeoutMillis, 1, new Origin(1, 1)));
        sessions.register(connection);
        return connection;
    }

    private static final class NoListener implements Outbox.Listener {
        @Override
        public void onSent(OutgoingMessage message) {
            throw new AssertionError(message);
        }

        @Override
        public void onDrained() {}

        @Override
        public void onOverflow() {
            throw new AssertionError();
        }
    }
}
