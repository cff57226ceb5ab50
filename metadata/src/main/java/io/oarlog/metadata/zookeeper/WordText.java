package io.oarlog.metadata.zookeeper;

import io.oarlog.metadata.tree.SessionTable;
import io.oarlog.metadata.tree.ZnodeTree;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * The answers to four-letter words, in ZooKeeper's words so that its tools can read them. Thread-safe; some answers count
 * the whole tree, so they are not made on an event loop.
 */
final class WordText {
    /** Of the protocol that is spoken. */
    private static final String VERSION = "3.9.5-oarlog";

    /** ZooKeeper's own: client requests, server packets, sessions, warnings. */
    private static final long DEFAULT_TRACE_MASK = 0x132;

    /** Of ZooKeeper's usual ticks there are two in the shortest session. */
    private static final int TICKS_OF_SHORTEST_SESSION = 2;

    private static final String NOT_SERVING = "This ZooKeeper instance is not currently serving requests";

    private static final List<String> ENVIRONMENT = List.of(
            "java.version",
            "java.vendor",
            "java.home",
            "java.class.path",
            "java.library.path",
            "java.io.tmpdir",
            "os.name",
            "os.arch",
            "os.version",
            "user.name",
            "user.home",
            "user.dir");

    private final ZooKeeperSettings settings;
    private final WatchedTree watchedTree;
    private final Collection<ClientConnection> connections;
    private final ConnectionStatistics statistics;
    private final Supplier<EnsembleStatus> ensemble;
    private final Supplier<StorageSizes> storage;
    private final IntSupplier port;
    private final long startNanos = System.nanoTime();
    /** What tools set and ask for; nothing here is traced by it. */
    private final AtomicLong traceMask = new AtomicLong(DEFAULT_TRACE_MASK);

    WordText(
            ZooKeeperSettings settings,
            WatchedTree watchedTree,
            Collection<ClientConnection> connections,
            ConnectionStatistics statistics,
            Supplier<EnsembleStatus> ensemble,
            Supplier<StorageSizes> storage,
            IntSupplier port) {
        this.settings = settings;
        this.watchedTree = watchedTree;
        this.connections = connections;
        this.statistics = statistics;
        this.ensemble = ensemble;
        this.storage = storage;
        this.port = port;
    }

    String answer(WordRequest request) {
        FourLetterWord word = request.word();
        if (!settings.isEnabled(word.text())) {
            return notAllowed(word);
        } else if (word == FourLetterWord.RUOK) {
            return "imok";
        } else if (word == FourLetterWord.ENVI) {
            return environment();
        } else if (word == FourLetterWord.GTMK) {
            return Long.toString(traceMask.get());
        } else if (word == FourLetterWord.STMK) {
            return setTraceMask(request.argument());
        }
        EnsembleStatus status = ensemble.get();
        boolean serves = status.leader().isPresent();
        if (word == FourLetterWord.ISRO) {
            return serves ? "rw" : "null";
        } else if (!serves) {
            return NOT_SERVING + "\n";
        }
        return switch (word) {
            case SRVR -> state(status, false);
            case STAT -> state(status, true);
            case MNTR -> monitor(status);
            case CONF -> configuration(status);
            case CONS -> connections(false) + "\n";
            case DUMP -> dump();
            case WCHS -> watchSummary();
            case WCHC -> watchesBySession();
            case WCHP -> watchesByPath();
            case SRST -> reset();
            case CRST -> resetConnections();
            // As of a ZooKeeper that has come to none of the points where it keeps a digest of its tree.
            case HASH -> "";
            case DIRS -> directories();
            case RUOK, ENVI, GTMK, STMK, ISRO -> throw new AssertionError(word);
        };
    }

    private static String notAllowed(FourLetterWord word) {
        return word.text() + " is not executed because it is not in the whitelist.\n";
    }

    /** Nothing is answered to one without the mask, as nothing can be set. */
    private String setTraceMask(OptionalLong mask) {
        mask.ifPresent(traceMask::set);
        return mask.isPresent() ? Long.toString(mask.getAsLong()) : "";
    }

    private String directories() {
        StorageSizes sizes = storage.get();
        return "datadir_size: " + sizes.snapshotBytes() + "\nlogdir_size: " + sizes.logBytes() + "\n";
    }

    private String state(EnsembleStatus status, boolean withClients) {
        StringBuilder text = new StringBuilder("Zookeeper version: " + VERSION + "\n");
        if (withClients) {
            text.append("Clients:\n").append(connections(true)).append('\n');
        }
        LatencyStatistics latency = statistics.latency();
        return text.append("Latency min/avg/max: ")
                .append(latency.minMillis())
                .append('/')
                .append(fourDigits(latency.averageMillis()))
                .append('/')
                .append(latency.maxMillis())
                .append("\nReceived: ")
                .append(statistics.received())
                .append("\nSent: ")
                .append(statistics.sent())
                .append("\nConnections: ")
                .append(connections.size())
                .append("\nOutstanding: ")
                .append(outstanding())
                .append("\nZxid: 0x")
                .append(Long.toHexString(watchedTree.tree().zxid()))
                .append("\nMode: ")
                .append(status.mode())
                .append("\nNode count: ")
                .append(watchedTree.tree().znodeCount())
                .append('\n')
                .toString();
    }

    private String monitor(EnsembleStatus status) {
        ZnodeTree tree = watchedTree.tree();
        SessionTable sessions = tree.sessions();
        Lines lines = new Lines();
        lines.add("version", VERSION);
        lines.add("server_state", status.mode());
        if (status.nodes() > 1) {
            lines.add("peer_state", status.leads() ? "leading - broadcast" : "following - broadcast");
            lines.add("quorum_size", status.nodes());
        }
        lines.add("avg_latency", fourDigits(statistics.latency().averageMillis()));
        lines.add("max_latency", statistics.latency().maxMillis());
        lines.add("min_latency", statistics.latency().minMillis());
        lines.add("packets_received", statistics.received());
        lines.add("packets_sent", statistics.sent());
        lines.add("num_alive_connections", connections.size());
        lines.add("outstanding_requests", outstanding());
        lines.add("znode_count", tree.znodeCount());
        lines.add("watch_count", watchedTree.watchCount());
        lines.add(
                "ephemerals_count",
                sessions.ids().stream()
                        .mapToInt(id -> sessions.ephemerals(id).size())
                        .sum());
        lines.add("approximate_data_size", tree.approximateBytes());
        lines.add("global_sessions", sessions.ids().size());
        lines.add("local_sessions", 0);
        lines.add("uptime", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
        OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();
        if (system instanceof com.sun.management.UnixOperatingSystemMXBean unix) {
            lines.add("open_file_descriptor_count", unix.getOpenFileDescriptorCount());
            lines.add("max_file_descriptor_count", unix.getMaxFileDescriptorCount());
        }
        if (status.leads() && status.nodes() > 1) {
            lines.add("learners", status.nodes() - 1);
            lines.add("followers", status.nodes() - 1);
            lines.add("synced_followers", status.syncedFollowers());
            lines.add("pending_syncs", 0);
        }
        return lines.text();
    }

    private static String environment() {
        StringBuilder text = new StringBuilder("Environment:\nzookeeper.version=" + VERSION + "\n");
        for (String property : ENVIRONMENT) {
            text.append(property)
                    .append('=')
                    .append(System.getProperty(property, "<NA>"))
                    .append('\n');
        }
        return text.toString();
    }

    private String configuration(EnsembleStatus status) {
        StorageSizes sizes = storage.get();
        return "clientPort=" + port.getAsInt() + "\n"
                + "secureClientPort=-1\n"
                + "dataDirSize=" + sizes.snapshotBytes() + "\n"
                + "dataLogSize=" + sizes.logBytes() + "\n"
                + "tickTime=" + settings.minSessionTimeoutMillis() / TICKS_OF_SHORTEST_SESSION + "\n"
                + "maxClientCnxns=" + settings.maxConnectionsPerAddress() + "\n"
                + "minSessionTimeout=" + settings.minSessionTimeoutMillis() + "\n"
                + "maxSessionTimeout=" + settings.maxSessionTimeoutMillis() + "\n"
                + "jute.maxbuffer=" + settings.maxFrameBytes() + "\n"
                + "serverId=" + status.nodeId() + "\n";
    }

    private String connections(boolean isBrief) {
        StringBuilder text = new StringBuilder();
        for (ClientConnection connection : connections) {
            ConnectionStatistics of = connection.statistics();
            text.append(" ").append(connection.remoteAddress()).append("[1](queued=");
            text.append(connection.outstanding()).append(",recved=").append(of.received());
            text.append(",sent=").append(of.sent());
            if (!isBrief && connection.hasSession()) {
                ConnectionStatistics.LastAnswer last = of.lastAnswer();
                LatencyStatistics latency = of.latency();
                text.append(",sid=0x").append(Long.toHexString(connection.sessionId()));
                text.append(",lop=").append(last.operation());
                text.append(",est=").append(connection.establishedMillis());
                text.append(",to=").append(connection.session().timeoutMillis());
                if (last.xid() >= 0) {
                    text.append(",lcxid=0x").append(Integer.toHexString(last.xid()));
                }
                text.append(",lzxid=0x").append(Long.toHexString(last.zxid()));
                text.append(",lresp=").append(last.timeMillis());
                text.append(",llat=").append(latency.lastMillis());
                text.append(",minlat=").append(latency.minMillis());
                text.append(",avglat=").append(Math.round(latency.averageMillis()));
                text.append(",maxlat=").append(latency.maxMillis());
            }
            text.append(")\n");
        }
        return text.toString();
    }

    private String dump() {
        SessionTable sessions = watchedTree.tree().sessions();
        List<Long> ids = sessions.ids();
        StringBuilder text = new StringBuilder("SessionTracker dump:\nGlobal Sessions(" + ids.size() + "):\n");
        StringBuilder ephemerals = new StringBuilder();
        int owners = 0;
        for (long id : ids) {
            text.append("0x").append(Long.toHexString(id)).append('\t');
            text.append(sessions.timeoutMillis(id).orElse(0)).append("ms\n");
            List<String> paths = sessions.ephemerals(id);
            if (!paths.isEmpty()) {
                owners++;
                ephemerals.append("0x").append(Long.toHexString(id)).append(":\n");
                paths.forEach(path -> ephemerals.append('\t').append(path).append('\n'));
            }
        }
        text.append("ephemeral nodes dump:\nSessions with Ephemerals (")
                .append(owners)
                .append("):\n");
        return text.append(ephemerals)
                .append("Connections dump:\n")
                .append(connections(true))
                .toString();
    }

    /** Of watches on data alone, as ZooKeeper's words show them. */
    private String watchSummary() {
        return watchedTree.inspect((data, children) -> data.watchers().size() + " connections watching "
                + data.byPath().size() + " paths\nTotal watches:" + data.size() + "\n");
    }

    private String watchesByPath() {
        TreeMap<String, Set<String>> sessions = new TreeMap<>();
        forEachDataWatch((path, session) ->
                sessions.computeIfAbsent(path, absent -> new HashSet<>()).add(session));
        return indented(sessions);
    }

    private String watchesBySession() {
        TreeMap<String, Set<String>> paths = new TreeMap<>();
        forEachDataWatch((path, session) ->
                paths.computeIfAbsent(session, absent -> new HashSet<>()).add(path));
        return indented(paths);
    }

    /** Copies the watches first: changes wait as long as the table is held. */
    private void forEachDataWatch(BiConsumer<String, String> visitor) {
        Map<String, List<Watcher>> watches = watchedTree.inspect((data, children) -> {
            Map<String, List<Watcher>> copy = new HashMap<>();
            data.byPath().forEach((path, watchers) -> copy.put(path, List.copyOf(watchers.keySet())));
            return copy;
        });
        watches.forEach((path, watchers) ->
                watchers.forEach(watcher -> visitor.accept(path, "0x" + Long.toHexString(watcher.sessionId()))));
    }

    private static String indented(Map<String, Set<String>> groups) {
        StringBuilder text = new StringBuilder();
        groups.forEach((head, members) -> {
            text.append(head).append('\n');
            members.stream()
                    .sorted()
                    .forEach(member -> text.append('\t').append(member).append('\n'));
        });
        return text.append('\n').toString();
    }

    private String reset() {
        statistics.reset();
        return "Server stats reset.\n";
    }

    private String resetConnections() {
        connections.forEach(connection -> connection.statistics().reset());
        return "Connection stats reset.\n";
    }

    private int outstanding() {
        return connections.stream().mapToInt(ClientConnection::outstanding).sum();
    }

    private static String fourDigits(double value) {
        return Double.toString(Math.round(value * 1e4) / 1e4);
    }

    private static final class Lines {
        private final StringBuilder text = new StringBuilder();

        void add(String name, Object value) {
            text.append("zk_").append(name).append('\t').append(value).append('\n');
        }

        String text() {
            return text.toString();
        }
    }
}
