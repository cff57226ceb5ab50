package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ThrottledLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(ThrottledLogTest.class);
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private final AtomicLong nowNanos = new AtomicLong();
    private final ThrottledLog log = new ThrottledLog(logger, 2, Duration.ofSeconds(10), nowNanos::get);

    ThrottledLogTest() {
        events.start();
        logger.setAdditive(false);
        logger.setLevel(Level.WARN);
        logger.addAppender(events);
    }

    @AfterEach
    void detach() {
        logger.detachAppender(events);
    }

    @Test
    void shouldLetAFewThroughAndSayLaterHowManyItHeldBack() {
        // given
        for (int i = 0; i < 5; i++) {
            log.warn("connection closed", "peer", "reason " + i);
        }
        assertThat(events.list).hasSize(2);

        // when
        nowNanos.addAndGet(Duration.ofSeconds(10).toNanos());
        log.warn("connection closed", "peer", "again");

        // then
        assertThat(events.list).hasSize(3);
        assertThat(events.list.get(2).getKeyValuePairs()).anySatisfy(pair -> {
            assertThat(pair.key).isEqualTo("suppressedBefore");
            assertThat(pair.value).isEqualTo(3L);
        });
    }
}
