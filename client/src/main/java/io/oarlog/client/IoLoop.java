package io.oarlog.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;
import java.util.NavigableSet;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one event loop thread of a client object, its timer and its clock. Thread-safe, but for what says otherwise.
 *
 * <p>On the JDK's selector rather than a network library: a client opens a handful of connections, and the classes of
 * such a library would be two thirds of what a program has to load before its first record.
 *
 * <p>Host names are resolved on a second thread, which lives only while there are names to resolve: a name service
 * that is slow to deny a dead host must not hold up the traffic to the live ones.
 */
final class IoLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IoLoop.class);
    private static final Duration RESOLVER_IDLE = Duration.ofSeconds(5);
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** 146 years: of two times that are no further apart it is known which comes first, though the clock may overflow. */
    private static final long MAX_DELAY_NANOS = Long.MAX_VALUE / 2;

    /** After so many tasks the channels get their turn, so that tasks that beget tasks cannot keep them from it. */
    private static final int TASKS_IN_A_ROW = 1024;

    private static final int BUFFER_BYTES = 64 << 10;
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
    private static final Pattern IPV4 = Pattern.compile("(" + OCTET + "\\.){3}" + OCTET);
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*(%\\w+)?");

    private final Selector selector;
    private final Thread thread;
    private final ThreadPoolExecutor resolver;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

    /** Whether the thread waits for channels, or is about to and has not looked for tasks yet. */
    private final AtomicBoolean isAsleep = new AtomicBoolean();

    private volatile boolean isClosed;

    // On the loop only.
    private final NavigableSet<ScheduledTask> scheduled = new TreeSet<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private long scheduledSoFar;

    /** @param role first part of the threads' names */
    IoLoop(String role) {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException("a selector cannot be opened", e);
        }
        resolver = new ThreadPoolExecutor(
                1,
                1,
                RESOLVER_IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                task -> daemon(task, role + "-resolver"));
        resolver.allowCoreThreadTimeOut(true);
        thread = daemon(this::run, role + "-io");
        thread.start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    boolean inLoop() {
        return Thread.currentThread() == thread;
    }

    long nowNanos() {
        return System.nanoTime();
    }

    /** Runs the task on the loop; does nothing once the loop is closed. */
    void execute(Runnable task) {
        if (isClosed) {
            return;
        }
        tasks.add(task);
        if (isAsleep.get() && isAsleep.compareAndSet(true, false)) {
            selector.wakeup();
        }
    }

    /** When a delay from now is over, by {@link #nowNanos}. */
    long dueNanos(long delayNanos) {
        return nowNanos() + Math.min(Math.max(0, delayNanos), MAX_DELAY_NANOS);
    }

    /** Runs the task on the loop after a delay. To be called on the loop. */
    ScheduledTask schedule(Runnable task, long delayNanos) {
        ScheduledTask added = new ScheduledTask(this, task, dueNanos(delayNanos), scheduledSoFar++);
        scheduled.add(added);
        return added;
    }

    void remove(ScheduledTask task) {
        scheduled.remove(task);
    }

    /**
     * Opens a TCP connection. To be called on the loop.
     *
     * @param timeout of the connecting, after the name is resolved
     * @param receiver of what the connection brings, from when it is open
     * @return completes on the loop, in a later task; never, when the loop is closed before that
     */
    CompletableFuture<TcpChannel> connect(Endpoint endpoint, Duration timeout, TcpChannel.Receiver receiver) {
        if (isClosed) {
            return CompletableFuture.failedFuture(new ClosedChannelException());
        }
        CompletableFuture<TcpChannel> opened = new CompletableFuture<>();
        Executor executor = isAddress(endpoint.host()) ? this::execute : resolver;
        var unused = CompletableFuture.supplyAsync(() -> resolved(endpoint), executor)
                .whenCompleteAsync(
                        (address, failure) -> {
                            if (failure == null) {
                                TcpChannel.connect(this, address, timeout, receiver, opened);
                            } else {
                                opened.completeExceptionally(failure.getCause() == null ? failure : failure.getCause());
                            }
                        },
                        this::execute);
        return opened;
    }

    /** Whether no name service is asked for this host. */
    private static boolean isAddress(String host) {
        return IPV4.matcher(host).matches() || IPV6.matcher(host).matches();
    }

    private static InetSocketAddress resolved(Endpoint endpoint) {
        try {
            return new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port());
        } catch (UnknownHostException e) {
            throw new CompletionException(e);
        }
    }

    /** Tells the channel when it is ready for what its key is interested in. To be called on the loop. */
    SelectionKey register(SelectableChannel channel, TcpChannel owner) throws IOException {
        return channel.register(selector, 0, owner);
    }

    /** For bytes on their way in, up to the return to the loop. */
    ByteBuffer inBuffer() {
        return in.clear();
    }

    /** For bytes on their way out, up to the return to the loop. */
    ByteBuffer outBuffer() {
        return out.clear();
    }

    private void run() {
        try {
            while (!isClosed) {
                await();
                serveChannels();
                runDueTasks();
                runTasks(TASKS_IN_A_ROW);
            }
            runTasks(tasks.size());
        } catch (IOException | RuntimeException | Error e) {
            LOG.atError().setCause(e).log("the event loop failed, the client is of no use any more");
        } finally {
            end();
        }
    }

    private void await() throws IOException {
        isAsleep.set(true);
        if (!tasks.isEmpty() || isClosed) {
            selector.selectNow();
        } else {
            long wait = scheduled.isEmpty() ? Long.MAX_VALUE : scheduled.first().dueNanos() - nowNanos();
            if (wait <= 0) {
                selector.selectNow();
            } else {
                selector.select((wait - 1) / NANOS_PER_MILLI + 1);
            }
        }
        isAsleep.set(false);
        forgetInterrupt();
    }

    private void serveChannels() {
        for (SelectionKey key : selector.selectedKeys()) {
            attempt(((TcpChannel) key.attachment())::onReady);
        }
        selector.selectedKeys().clear();
    }

    private void runDueTasks() {
        long now = nowNanos();
        while (!scheduled.isEmpty() && scheduled.first().dueNanos() - now <= 0) {
            attempt(scheduled.pollFirst().task());
        }
    }

    private void runTasks(int limit) {
        Runnable task = tasks.poll();
        for (int i = 1; task != null; i++) {
            attempt(task);
            task = i < limit ? tasks.poll() : null;
        }
    }

    private static void attempt(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            // One task's trouble is not the others'.
            LOG.atWarn().setCause(e).log("a task of the event loop failed");
        } finally {
            forgetInterrupt();
        }
    }

    /** A callback may leave the thread interrupted, and then no wait for channels would last any more. */
    private static void forgetInterrupt() {
        boolean unused = Thread.interrupted();
    }

    private void end() {
        isClosed = true;
        resolver.shutdownNow();
        for (SelectionKey key : List.copyOf(selector.keys())) {
            TcpChannel channel = (TcpChannel) key.attachment();
            attempt(() -> channel.end(new ClosedChannelException()));
        }
        try {
            selector.close();
        } catch (IOException e) {
            LOG.atWarn().setCause(e).log("the event loop's selector cannot be closed");
        }
    }

    /** Stops the threads after the tasks that wait; what is scheduled is dropped. Does not wait. */
    @Override
    public void close() {
        execute(() -> isClosed = true);
    }
}
