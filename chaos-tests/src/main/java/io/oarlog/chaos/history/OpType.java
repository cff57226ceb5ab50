package io.oarlog.chaos.history;

import java.util.Locale;

/** What an operation of a history says: that it begins, or how it ended. */
public enum OpType {
    /** It begins. */
    INVOKE,
    /** It took effect, between its invocation and here. */
    OK,
    /** It certainly took no effect and never will. */
    FAIL,
    /** Nobody knows; its effect may come later still. The process is not heard of again. */
    INFO;

    /** As in EDN, without the colon. */
    public String keyword() {
        return name().toLowerCase(Locale.ROOT);
    }
}
