package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/**
 * A ZooKeeper client's setData is done also if the znode was changed once since the version that it expects: as if the version
 * had been compared before, and not in the order of all changes. Has to be on all nodes, else their trees differ.
 */
public final class CasNotAtomic {
    private static final ThreadLocal<Boolean> IS_CLIENTS = ThreadLocal.withInitial(() -> false);

    private CasNotAtomic() {}

    /** Into the method that sets data. */
    static final class SetData {
        private SetData() {}

        @Advice.OnMethodEnter
        static void begin(@Advice.FieldValue("client") @Nullable Object client) {
            setClients(client != null);
        }

        @Advice.OnMethodExit(onThrowable = Throwable.class)
        static void end() {
            setClients(false);
        }
    }

    /** Into the method that compares versions. */
    static final class Comparison {
        private Comparison() {}

        @Advice.OnMethodExit
        static void exit(
                @Advice.Argument(0) int version,
                @Advice.Argument(1) int expectedVersion,
                @Advice.Return(readOnly = false) boolean matches) {
            if (isClients() && expectedVersion >= 0 && expectedVersion == version - 1) {
                matches = true;
            }
        }
    }

    /** Called by the node: the brokers' own changes are left alone. */
    public static void setClients(boolean isClients) {
        IS_CLIENTS.set(isClients);
    }

    /** Called by the node. */
    public static boolean isClients() {
        return IS_CLIENTS.get();
    }
}
