package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;

/**
 * Whether this thread reads for a consumer just now: others read the same logs, such as coordinators and followers, and are not
 * to be deceived. Thread-safe.
 */
public final class FetchScope {
    private static final ThreadLocal<FetchScope> OF_THREAD = ThreadLocal.withInitial(FetchScope::new);

    private boolean isActive;
    private boolean readsUncommitted;

    private FetchScope() {}

    /** Into the method that reads one partition for a fetch. */
    static final class Around {
        private Around() {}

        @Advice.OnMethodEnter
        static void begin() {
            enter();
        }

        @Advice.OnMethodExit(onThrowable = Throwable.class)
        static void end() {
            leave();
        }
    }

    /** Called by the node. */
    public static void enter() {
        OF_THREAD.get().isActive = true;
    }

    /** Called by the node. */
    public static void leave() {
        FetchScope scope = OF_THREAD.get();
        scope.isActive = false;
        scope.readsUncommitted = false;
    }

    /** Called by the node. */
    public static boolean isActive() {
        return OF_THREAD.get().isActive;
    }

    /** From here to the end of the scope the log is read to its end. Called by the node. */
    public static void readUncommitted() {
        OF_THREAD.get().readsUncommitted = true;
    }

    /** Called by the node. */
    public static boolean readsUncommitted() {
        return OF_THREAD.get().readsUncommitted;
    }
}
