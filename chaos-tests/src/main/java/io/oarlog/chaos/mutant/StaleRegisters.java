package io.oarlog.chaos.mutant;

import java.util.function.Function;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** A ZooKeeper client's sync is answered at once by the node that it is connected to, however far that one is behind. */
public final class StaleRegisters {
    private static final String REQUEST = "io.oarlog.metadata.zookeeper.Request";
    private static final String SYNCED = "io.oarlog.metadata.tree.ZnodeResult$Synced";

    private StaleRegisters() {}

    /** Into the method that reads a request to sync. */
    static final class Sync {
        private Sync() {}

        @Advice.OnMethodExit
        static void exit(@Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object request) {
            request = answered(request);
        }
    }

    /** Called by the node: the request is a write into the stream of commands, its place is taken by a read. */
    public static Object answered(Object write) {
        @SuppressWarnings("unchecked") // its result and its answer have no names here
        Function<Object, Object> answer = (Function<Object, Object>) Inside.call(write, "answer");
        return Inside.callStatic(write, REQUEST, "answered", answer.apply(Inside.create(write, SYNCED)));
    }
}
