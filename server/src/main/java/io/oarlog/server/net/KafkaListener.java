package io.oarlog.server.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.oarlog.log.ThrottledLog;
import io.oarlog.server.api.ApiRouter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Accepts Kafka clients. Thread-safe. Until it is {@linkplain #open opened} every connection is closed as it comes. */
public final class KafkaListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaListener.class);
    private static final int MAX_WARNINGS = 10;
    private static final Duration WARNING_INTERVAL = Duration.ofSeconds(10);

    private final EventLoopGroup acceptGroup;
    private final EventLoopGroup ioGroup;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final ThrottledLog rejections = new ThrottledLog(LOG, MAX_WARNINGS, WARNING_INTERVAL, System::nanoTime);
    private final Channel server;
    private volatile boolean isOpen;

    private KafkaListener(ListenerSettings settings, ApiRouter router) throws IOException {
        this.acceptGroup = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("kafka-accept", true), NioIoHandler.newFactory());
        this.ioGroup = new MultiThreadIoEventLoopGroup(
                0, new DefaultThreadFactory("kafka-io", true), NioIoHandler.newFactory());
        var bound = new ServerBootstrap()
                .group(acceptGroup, ioGroup)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                // Else a client whose machine died in a long poll would never be noticed.
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.MESSAGE_SIZE_ESTIMATOR, SegmentRegion.SIZES)
                .childHandler(new Initializer(settings, router))
                .bind(settings.host(), settings.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            shutdownGroups();
            throw new IOException(
                    "cannot listen on " + settings.host() + ":" + settings.port() + ": "
                            + bound.cause().getMessage() + "; change it with the key listener",
                    bound.cause());
        }
        this.server = bound.channel();
    }

    /**
     * Binds the address; serves after {@link #open}.
     *
     * @throws IOException when the address cannot be bound; nothing is left running
     */
    public static KafkaListener start(ListenerSettings settings, ApiRouter router) throws IOException {
        return new KafkaListener(settings, router);
    }

    /** Serves from now on. */
    public void open() {
        isOpen = true;
    }

    /** Port that is bound, the one asked for or, for 0, a free one. */
    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Connections that are open. */
    public int connectionCount() {
        return connections.size();
    }

    @Override
    public void close() {
        server.close().awaitUninterruptibly();
        connections.close().awaitUninterruptibly();
        shutdownGroups();
    }

    private void shutdownGroups() {
        acceptGroup.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        ioGroup.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Initializer extends ChannelInitializer<SocketChannel> {
        private final ListenerSettings settings;
        private final ApiRouter router;

        Initializer(ListenerSettings settings, ApiRouter router) {
            this.settings = settings;
            this.router = router;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            if (!isOpen) {
                var unused = channel.close();
                return;
            }
            if (connections.size() >= settings.maxConnections()) {
                rejections.warn(
                        "connection refused",
                        String.valueOf(channel.remoteAddress()),
                        settings.maxConnections() + " connections are open");
                var unused = channel.close();
                return;
            }
            connections.add(channel);
            channel.pipeline()
                    .addLast(new IdleStateHandler(0, 0, settings.idleLimit().toSeconds(), TimeUnit.SECONDS))
                    .addLast(new FrameDecoder(settings.maxFrameBytes()))
                    .addLast(new KafkaConnectionHandler(router, settings, rejections));
        }
    }
}
