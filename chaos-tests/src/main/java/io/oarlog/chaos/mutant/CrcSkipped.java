package io.oarlog.chaos.mutant;

import java.util.Optional;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;

/** No checksum of a batch is wrong. */
final class CrcSkipped {
    private CrcSkipped() {}

    /** Into the method that compares a checksum. */
    static final class Compared {
        private Compared() {}

        @Advice.OnMethodExit
        @SuppressWarnings("UnusedVariable") // it becomes the result of the method
        static void exit(@Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC) Object defect) {
            defect = Optional.empty();
        }
    }
}
