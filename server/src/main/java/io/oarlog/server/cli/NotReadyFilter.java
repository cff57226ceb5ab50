package io.oarlog.server.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;

/**
 * Drops what Ratis says of entries that reach a replica while it is opened or closed: an error and a stack for each of them, hundreds
 * in a restart, though its leader sends them again. Stateless.
 */
public final class NotReadyFilter extends Filter<ILoggingEvent> {
    private static final String RATIS = "org.apache.ratis.";
    private static final String NOT_READY = RATIS + "protocol.exceptions.ServerNotReadyException";

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (!event.getLoggerName().startsWith(RATIS)) {
            return FilterReply.NEUTRAL;
        }
        for (IThrowableProxy thrown = event.getThrowableProxy(); thrown != null; thrown = thrown.getCause()) {
            if (thrown.getClassName().equals(NOT_READY)) {
                return FilterReply.DENY;
            }
        }
        return FilterReply.NEUTRAL;
    }
}
