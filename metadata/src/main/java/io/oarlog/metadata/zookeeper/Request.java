package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeResult;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.function.Function;

/** A request that could be read: what is to be done for it, and what its answer is made of. */
sealed interface Request {
    /**
     * Goes into the stream of commands.
     *
     * @param answer of a command's result; on the apply thread
     */
    record Write(ZnodeCommand.Requestable command, Function<ZnodeResult, Answer> answer) implements Request {
        /** @param body of the answer when the command was done */
        static Write of(ZnodeCommand.Requestable command, Function<ZnodeResult, Answer> body) {
            return new Write(
                    command,
                    result -> result.failure()
                            .map(error -> Answer.failed(ErrorCode.of(error)))
                            .orElseGet(() -> body.apply(result)));
        }
    }

    /** Is answered from the tree, with its lock held: must be short and not block. */
    record Read(Function<ZnodeTree, Answer> answer) implements Request {}

    /** It needs no look at the tree; it has its turn all the same. */
    static Request answered(Answer answer) {
        return new Read(tree -> answer);
    }

    static Request refused(ErrorCode error) {
        return answered(Answer.failed(error));
    }
}
