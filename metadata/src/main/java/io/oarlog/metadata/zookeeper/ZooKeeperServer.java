package io.oarlog.metadata.zookeeper;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.oarlog.log.Clock;
import io.oarlog.log.ThrottledLog;
import io.oarlog.metadata.ReplicatedTree;
import io.oarlog.metadata.zookeeper.WatchedTree.SessionListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves ZooKeeper clients from one node's replicated tree. Thread-safe. */
public final class ZooKeeperServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperServer.class);
    private static final int MAX_CONNECTIONS = 10_000;
    private static final int MAX_WARNINGS = 10;
    private static final Duration WARNING_INTERVAL = Duration.ofSeconds(10);
    /** Many sessions may end at once; they are looked for together. */
    private static final long SWEEP_DELAY_MILLIS = 20;

    private static final long LEADER_LOOK_MILLIS = 50;

    private static final WriteBufferWaterMark UNSENT_BYTES = new WriteBufferWaterMark(64 << 10, 256 << 10);

    private final ZooKeeperSettings settings;
    private final EventLoopGroup acceptGroup;
    private final EventLoopGroup ioGroup;
    private final ExecutorService wordExecutor;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Set<ClientConnection> connections = ConcurrentHashMap.newKeySet();
    private final SessionConnections sessions = new SessionConnections();
    private final ConnectionStatistics statistics = new ConnectionStatistics();
    private final ThrottledLog rejections = new ThrottledLog(LOG, MAX_WARNINGS, WARNING_INTERVAL, System::nanoTime);
    private final AtomicBoolean isSweepAsked = new AtomicBoolean();
    private final WatchedTree watchedTree;
    private final ServerParts parts;
    private final Channel server;
    private final WordText wordText;

    private ZooKeeperServer(
            ZooKeeperSettings settings,
            ReplicatedTree replicatedTree,
            Supplier<EnsembleStatus> ensemble,
            Supplier<StorageSizes> storage,
            Clock clock,
            RandomGenerator random)
            throws IOException {
        this.settings = settings;
        this.acceptGroup = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("zookeeper-accept", true), NioIoHandler.newFactory());
        this.ioGroup = new MultiThreadIoEventLoopGroup(
                0, new DefaultThreadFactory("zookeeper-io", true), NioIoHandler.newFactory());
        this.wordExecutor = Executors.newSingleThreadExecutor(new DefaultThreadFactory("zookeeper-words", true));
        this.watchedTree =
                new WatchedTree(replicatedTree.tree(), settings.maxWatchesPerConnection(), new SessionSweeper());
        LeaderWatch leaderWatch =
                new LeaderWatch(() -> ensemble.get().leader().isPresent(), System::nanoTime, sessions);
        this.parts = new ServerParts(
                settings,
                replicatedTree,
                watchedTree,
                new Handshake(replicatedTree, watchedTree, leaderWatch, settings, random),
                sessions,
                rejections,
                clock,
                statistics,
                connections,
                this::answer);
        // What is applied between the two is seen as a gap, which nobody can have missed anything in yet.
        replicatedTree.addListener(watchedTree);
        this.wordText = new WordText(settings, watchedTree, connections, statistics, ensemble, storage, this::port);
        this.server = bind();
        var unused = acceptGroup.scheduleWithFixedDelay(
                leaderWatch::look, LEADER_LOOK_MILLIS, LEADER_LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Listens, and serves from now on.
     *
     * @param ensemble how the group stands: for the four-letter words, and asked all the time whether there is a leader
     * @param storage for the four-letter words; may read the disk
     * @param random of session ids and passwords; thread-safe and not to be guessed, such as
     *     {@link java.security.SecureRandom}
     * @throws IOException when the address cannot be bound; nothing is left running
     */
    public static ZooKeeperServer start(
            ZooKeeperSettings settings,
            ReplicatedTree replicatedTree,
            Supplier<EnsembleStatus> ensemble,
            Supplier<StorageSizes> storage,
            Clock clock,
            RandomGenerator random)
            throws IOException {
        return new ZooKeeperServer(settings, replicatedTree, ensemble, storage, clock, random);
    }

    private Channel bind() throws IOException {
        var bound = new ServerBootstrap()
                .group(acceptGroup, ioGroup)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
                .childHandler(new Initializer())
                .bind(settings.host(), settings.port())
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            shutdownExecutors();
            throw new IOException(
                    "cannot listen on " + settings.host() + ":" + settings.port() + ": "
                            + bound.cause().getMessage() + "; change it with the key zookeeper.listener",
                    bound.cause());
        }
        return bound.channel();
    }

    /** Port that is bound, the one asked for or, for 0, a free one. */
    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    private void answer(WordRequest word, Consumer<byte[]> answer) {
        wordExecutor.execute(() -> {
            String text = "";
            try {
                text = wordText.answer(word);
            } catch (RuntimeException e) {
                LOG.atError()
                        .addKeyValue("word", word.word().text())
                        .setCause(e)
                        .log("a word could not be answered");
            } finally {
                answer.accept(text.getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    /** Closes all connections. Their sessions go on: their clients find another node. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
        channels.close().awaitUninterruptibly();
        shutdownExecutors();
    }

    private void shutdownExecutors() {
        wordExecutor.shutdownNow();
        acceptGroup.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
        ioGroup.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Initializer extends ChannelInitializer<SocketChannel> {
        @Override
        protected void initChannel(SocketChannel channel) {
            InetSocketAddress client = channel.remoteAddress();
            if (channels.size() >= MAX_CONNECTIONS) {
                refuse(channel, MAX_CONNECTIONS + " connections are open");
            } else if (!parts.enter(client)) {
                refuse(channel, settings.maxConnectionsPerAddress() + " connections of its address are open");
            } else {
                channels.add(channel);
                var unused = channel.closeFuture().addListener(closed -> parts.leave(client));
                channel.pipeline()
                        .addLast(new FrameDecoder(settings.maxFrameBytes()))
                        .addLast(new ConnectionHandler(parts));
            }
        }

        private void refuse(SocketChannel channel, String reason) {
            rejections.warn("connection refused", String.valueOf(channel.remoteAddress()), reason);
            var unused = channel.close();
        }
    }

    /** Looks, off the apply thread, for connections whose sessions are gone. */
    private final class SessionSweeper implements SessionListener {
        @Override
        public void onSessionsChanged() {
            if (!acceptGroup.isShuttingDown() && isSweepAsked.compareAndSet(false, true)) {
                try {
                    var unused = acceptGroup.schedule(this::sweep, SWEEP_DELAY_MILLIS, TimeUnit.MILLISECONDS);
                } catch (RejectedExecutionException e) {
                    LOG.debug("the server stops and closes all connections");
                }
            }
        }

        private void sweep() {
            isSweepAsked.set(false);
            sessions.sweep(watchedTree.tree());
        }

        @Override
        public void onChangesMissed() {
            sessions.closeAll("changes of the tree were missed");
        }

        @Override
        public void onStreamEnded() {
            sessions.closeAll("the outcome of changes is unknown, and its session has to be attached again");
        }
    }
}
