package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;

/** A producer that repeats a batch is told an offset that is off by one. */
final class RetryOffset {
    private RetryOffset() {}

    /** Into the method that tells the offset of an append. */
    static final class BaseOffset {
        private BaseOffset() {}

        @Advice.OnMethodExit
        static void exit(
                @Advice.FieldValue("duplicate") boolean duplicate, @Advice.Return(readOnly = false) long baseOffset) {
            if (duplicate) {
                baseOffset++;
            }
        }
    }
}
