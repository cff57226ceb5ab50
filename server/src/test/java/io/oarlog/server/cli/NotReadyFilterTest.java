package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NotReadyFilterTest {
    private static final String RATIS = "org.apache.ratis.server.RaftServer$Division";

    private final LoggerContext loggers = new LoggerContext();

    private FilterReply decide(String logger, @Nullable Throwable thrown) {
        LoggingEvent event = new LoggingEvent(
                NotReadyFilterTest.class.getName(), loggers.getLogger(logger), Level.ERROR, "failed", thrown, null);
        return new NotReadyFilter().decide(event);
    }

    @Test
    void shouldDropWhatRatisSaysOfAReplicaThatIsOpened() {
        ServerNotReadyException notReady = new ServerNotReadyException("2@group is not in [STARTING, RUNNING]");
        assertThat(decide(RATIS, notReady)).isEqualTo(FilterReply.DENY);
        assertThat(decide(RATIS, new CompletionException(notReady))).isEqualTo(FilterReply.DENY);
    }

    @Test
    void shouldLeaveAllElse() {
        ServerNotReadyException notReady = new ServerNotReadyException("2@group is not in [STARTING, RUNNING]");
        assertThat(decide(RATIS, new IOException("no space left on device"))).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide(RATIS, null)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide("io.oarlog.server.Broker", notReady)).isEqualTo(FilterReply.NEUTRAL);
    }
}
