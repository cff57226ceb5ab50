package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.CommandOutcome;
import io.oarlog.metadata.ReplicatedTree;
import io.oarlog.metadata.tree.CommandTooLargeException;
import io.oarlog.metadata.tree.ZnodeCommand;
import io.oarlog.metadata.tree.ZnodeTree;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests of one client in their order. A write is submitted as it comes; a read waits for the writes before it and
 * runs on the apply thread right behind the last of them, so that it sees that one and no later one of the client. Replies
 * are handed over in the order of the requests.
 */
final class RequestPipeline {
    private static final Logger LOG = LoggerFactory.getLogger(RequestPipeline.class);

    /** Has no answer: it is the end. */
    private static final Request END = Request.answered(Answer.DONE);

    private final ClientConnection connection;
    private final ReplicatedTree replicatedTree;
    private final WatchedTree watchedTree;
    private final boolean enforcesQuotas;
    private final ReplyListener listener;
    /** Writes that are under way, and reads behind one. Guarded by this; taken before the tree's lock. */
    private final Deque<Pending> pending = new ArrayDeque<>();

    /** Hears of replies as they are handed over. */
    interface ReplyListener {
        void onReply(Pending request, long zxid);
    }

    /**
     * A request that has no reply yet.
     *
     * @param bytes of its frame
     * @param receivedNanos when it came
     */
    record Pending(int xid, OpCode operation, Request request, int bytes, long receivedNanos) {}

    RequestPipeline(
            ClientConnection connection,
            ReplicatedTree replicatedTree,
            WatchedTree watchedTree,
            boolean enforcesQuotas,
            ReplyListener listener) {
        this.connection = connection;
        this.replicatedTree = replicatedTree;
        this.watchedTree = watchedTree;
        this.enforcesQuotas = enforcesQuotas;
        this.listener = listener;
    }

    /** Takes the next request. On the connection's event loop. */
    void accept(Pending next) {
        if (connection.isClosed()) {
            return; // what came before it may not have been done
        }
        if (next.request() instanceof Request.Write write) {
            synchronized (this) {
                pending.add(next);
            }
            submit(next, write);
            return;
        }
        synchronized (this) {
            if (pending.isEmpty()) {
                watchedTree.access(tree -> reply(next, tree));
            } else {
                pending.add(next);
            }
        }
    }

    /** Closes the connection behind the last reply. On the connection's event loop. */
    void end() {
        Pending last = new Pending(0, OpCode.ERROR, END, 0, 0);
        synchronized (this) {
            if (pending.isEmpty()) {
                connection.send(OutgoingMessage.END);
            } else {
                pending.add(last);
            }
        }
    }

    private void submit(Pending next, Request.Write write) {
        CompletableFuture<CommandOutcome> submitted;
        try {
            submitted = replicatedTree.submit(new ZnodeCommand.ClientRequest(
                    connection.sessionId(), connection.identities(), enforcesQuotas, write.command()));
        } catch (CommandTooLargeException | IllegalArgumentException e) {
            LOG.atDebug()
                    .addKeyValue("operation", next.operation())
                    .addKeyValue("reason", e)
                    .log("a request is too large");
            refuse(next);
            return;
        }
        var unused = submitted.whenComplete((outcome, failure) -> {
            try {
                onOutcome(next, write, outcome, failure);
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("connection closed: a request could not be answered");
                connection.close("a request could not be answered");
            }
        });
    }

    /** Answers in its turn a write that no command can hold. It is the last in the queue. */
    private void refuse(Pending write) {
        synchronized (this) {
            pending.removeLast();
        }
        accept(new Pending(
                write.xid(),
                write.operation(),
                Request.refused(ErrorCode.BAD_ARGUMENTS),
                write.bytes(),
                write.receivedNanos()));
    }

    private void onOutcome(
            Pending written, Request.Write write, @Nullable CommandOutcome outcome, @Nullable Throwable failure) {
        if (outcome == null) {
            connection.close("it is not known what became of a write: " + failure);
            return;
        }
        Answer answer = write.answer().apply(outcome.result());
        if (answer.error() == ErrorCode.SESSION_MOVED) {
            connection.close("its session is attached elsewhere");
            return;
        }
        synchronized (this) {
            if (connection.isClosed()) {
                pending.clear();
                return;
            }
            if (!written.equals(pending.poll())) {
                throw new IllegalStateException("an outcome came out of order");
            }
            watchedTree.access(tree -> {
                send(written, answer, tree);
                while (pending.peek() != null && pending.peek().request() instanceof Request.Read) {
                    reply(pending.remove(), tree);
                }
            });
        }
    }

    private void reply(Pending read, ZnodeTree tree) {
        if (read.request().equals(END)) {
            connection.send(OutgoingMessage.END);
            return;
        }
        Answer answer;
        try {
            answer = ((Request.Read) read.request()).answer().apply(tree);
        } catch (RuntimeException e) {
            LOG.atError().addKeyValue("operation", read.operation()).setCause(e).log("a request could not be answered");
            answer = Answer.failed(ErrorCode.MARSHALLING_ERROR);
        }
        send(read, answer, tree);
    }

    private void send(Pending request, Answer answer, ZnodeTree tree) {
        long zxid = tree.zxid();
        listener.onReply(request, zxid);
        connection.onDone(request.bytes());
        connection.send(OutgoingMessage.reply(request.xid(), zxid, answer));
        boolean isLast = request.operation() == OpCode.CLOSE_SESSION || answer.error() == ErrorCode.SESSION_EXPIRED;
        if (isLast) {
            connection.send(OutgoingMessage.END);
        }
    }
}
