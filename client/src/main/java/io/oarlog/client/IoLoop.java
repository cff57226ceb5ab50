package io.oarlog.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The one event loop thread of a client object, its timer and its clock. Thread-safe.
 *
 * <p>Host names are resolved on a second thread, which lives only while there are names to resolve: a name service
 * that is slow to deny a dead host must not hold up the traffic to the live ones.
 */
final class IoLoop implements AutoCloseable {
    /** In the one jar this is {@code io.oarlog.client.shaded.netty.jfr.enabled}. */
    private static final String FLIGHT_RECORDER_EVENTS = "io.netty.jfr.enabled";

    static {
        // Where Netty is ours alone, its events are for nobody, and cost a fifth of the time to the first record.
        if (FLIGHT_RECORDER_EVENTS.startsWith("io.oarlog.") && System.getProperty(FLIGHT_RECORDER_EVENTS) == null) {
            System.setProperty(FLIGHT_RECORDER_EVENTS, "false");
        }
    }

    private static final Duration RESOLVER_IDLE = Duration.ofSeconds(5);

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final ThreadPoolExecutor resolver;

    /** @param role first part of the threads' names */
    IoLoop(String role) {
        group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(role, true), NioIoHandler.newFactory());
        loop = group.next();
        resolver = new ThreadPoolExecutor(
                1,
                1,
                RESOLVER_IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(role + "-resolver", true));
        resolver.allowCoreThreadTimeOut(true);
    }

    boolean inLoop() {
        return loop.inEventLoop();
    }

    long nowNanos() {
        return System.nanoTime();
    }

    /** Runs the task on the loop; does nothing once the loop is closed. */
    void execute(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            if (!loop.isShuttingDown()) {
                throw e;
            }
        }
    }

    /** Runs the task on the loop after a delay; an answer that is already cancelled once the loop is closed. */
    Future<?> schedule(Runnable task, long delayNanos) {
        try {
            return loop.schedule(task, Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            if (!loop.isShuttingDown()) {
                throw e;
            }
            CompletableFuture<Void> cancelled = new CompletableFuture<>();
            cancelled.cancel(false);
            return cancelled;
        }
    }

    /**
     * Opens a TCP connection; the handler is the only one of its pipeline. To be called on the loop.
     *
     * @return completes on the loop, unless that is closed
     */
    CompletableFuture<Channel> connect(Endpoint endpoint, Duration timeout, ChannelHandler handler) {
        Bootstrap bootstrap = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .handler(handler);
        CompletableFuture<Channel> connected = new CompletableFuture<>();
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
        if (literal != null) {
            connect(bootstrap, new InetSocketAddress(resolved(endpoint), endpoint.port()), connected);
            return connected;
        }
        var unused = CompletableFuture.supplyAsync(() -> resolved(endpoint), resolver)
                .whenCompleteAsync(
                        (address, failure) -> {
                            if (failure != null) {
                                connected.completeExceptionally(failure);
                            } else {
                                connect(bootstrap, new InetSocketAddress(address, endpoint.port()), connected);
                            }
                        },
                        this::execute);
        return connected;
    }

    private static void connect(Bootstrap bootstrap, InetSocketAddress address, CompletableFuture<Channel> connected) {
        ChannelFuture connecting = bootstrap.connect(address);
        var unused = connecting.addListener(done -> {
            if (done.isSuccess()) {
                connected.complete(connecting.channel());
            } else {
                connected.completeExceptionally(done.cause());
            }
        });
    }

    private static InetAddress resolved(Endpoint endpoint) {
        try {
            return InetAddress.getByName(endpoint.host());
        } catch (UnknownHostException e) {
            throw new CompletionException(e);
        }
    }

    /** Stops the threads; what is scheduled is dropped. Does not wait. */
    @Override
    public void close() {
        resolver.shutdownNow();
        var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
