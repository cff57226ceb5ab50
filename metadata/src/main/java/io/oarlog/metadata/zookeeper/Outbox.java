package io.oarlog.metadata.zookeeper;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Messages on their way to one client, in the order in which they were added. Any thread may add; the connection's event
 * loop encodes and writes them while the client takes them. A client that lets too many pile up is cut off.
 */
final class Outbox {
    private final Channel channel;
    private final int maxMessages;
    private final Listener listener;
    private final Queue<OutgoingMessage> messages = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean isDrainAsked = new AtomicBoolean();
    private boolean isDraining; // confined to the event loop
    private boolean hasEnded; // confined to the event loop

    /** Hears what becomes of the messages, on the event loop but for {@link #onOverflow}. */
    interface Listener {
        void onSent(OutgoingMessage message);

        /** As much is sent as the client can take now. */
        void onDrained();

        /** The client takes nothing. On the thread that added the message. */
        void onOverflow();
    }

    Outbox(Channel channel, int maxMessages, Listener listener) {
        this.channel = channel;
        this.maxMessages = maxMessages;
        this.listener = listener;
    }

    void add(OutgoingMessage message) {
        messages.add(message);
        if (size.incrementAndGet() > maxMessages) {
            listener.onOverflow();
            return;
        }
        if (isDrainAsked.compareAndSet(false, true)) {
            try {
                channel.eventLoop().execute(this::drain);
            } catch (RejectedExecutionException e) {
                // The server is stopping and has closed the connection.
                messages.clear();
            }
        }
    }

    /** Messages not sent yet. */
    int size() {
        return size.get();
    }

    /** Writes what the client can take. On the event loop. */
    void drain() {
        if (isDraining) {
            return; // a flush below made the channel writable: the loop goes on by itself
        }
        isDraining = true;
        isDrainAsked.set(false);
        try {
            boolean wrote = true;
            // A flush may make the channel writable that was not when the messages were looked at.
            while (!hasEnded && (wrote || (channel.isWritable() && !messages.isEmpty()))) {
                wrote = write();
                channel.flush();
            }
        } catch (RuntimeException | Error e) {
            var unused = channel.close(); // what the client was to be told is lost
            throw e;
        } finally {
            isDraining = false;
        }
        listener.onDrained();
    }

    private boolean write() {
        boolean wrote = false;
        while (!hasEnded && channel.isWritable()) {
            OutgoingMessage message = messages.poll();
            if (message == null) {
                break;
            }
            size.decrementAndGet();
            wrote = true;
            write(message);
        }
        return wrote;
    }

    private void write(OutgoingMessage message) {
        if (message.isEnd()) {
            end();
            return;
        }
        ByteBuf encoded = message.encode(channel.alloc());
        var unused = channel.write(encoded, channel.voidPromise());
        listener.onSent(message);
    }

    private void end() {
        hasEnded = true;
        messages.clear();
        var unused = channel.writeAndFlush(channel.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
    }

    /** Drops what is not sent. On the event loop, after the connection was closed. */
    void close() {
        hasEnded = true;
        messages.clear();
    }
}
