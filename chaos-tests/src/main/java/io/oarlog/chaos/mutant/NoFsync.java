package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;

/** Written files are not forced to the disk; the names in directories still are. */
final class NoFsync {
    private NoFsync() {}

    /** Into a method that forces and does nothing else. */
    static final class SkippedForce {
        private SkippedForce() {}

        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean isSkipped() {
            return true;
        }
    }

    /** Into the method of Ratis's channel that writes what is buffered: the flush that follows finds nothing to force. */
    static final class ForcedBeforehand {
        private ForcedBeforehand() {}

        @Advice.OnMethodExit
        @SuppressWarnings("UnusedVariable") // it is written to the method
        static void exit(@Advice.FieldValue(value = "forced", readOnly = false) boolean forced) {
            forced = true;
        }
    }
}
