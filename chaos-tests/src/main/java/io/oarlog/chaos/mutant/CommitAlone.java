package io.oarlog.chaos.mutant;

import net.bytebuddy.asm.Advice;

/** One replica that has an entry on its disk is majority enough; of the metadata as of partitions. */
final class CommitAlone {
    private CommitAlone() {}

    /** Into the method that finds what a majority has. */
    static final class Majority {
        private Majority() {}

        @Advice.OnMethodExit
        @SuppressWarnings("UnusedVariable") // it becomes the result of the method
        static void exit(
                @Advice.Argument(0) long[] sortedIndexes, @Advice.Return(readOnly = false) long majorityIndex) {
            majorityIndex = sortedIndexes[sortedIndexes.length - 1];
        }
    }
}
