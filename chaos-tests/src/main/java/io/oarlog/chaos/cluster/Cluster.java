package io.oarlog.chaos.cluster;

import io.oarlog.chaos.cluster.Links.Link;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Nodes of one run and all that can be done to them. Node ids are 1 to {@link #size}, and above it those of guests. Confined to one thread, but for {@link #setClock} and
 * {@link #close}, which may come from any.
 */
public final class Cluster implements OperatedCluster, AutoCloseable {
    /** In place of a node: where the clients are. */
    public static final int CLIENTS = 0;

    private static final int VOLUME_MEBIBYTES = 2048;
    /** As long as container engines wait. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private static final long STOP_LOOK_MILLIS = 200;

    private final ClusterSpec spec;
    private final UndoJournal journal;
    private final Substrate substrate;
    private final Links links;
    private final ClockFiles clocks;
    private final DiskThrottle throttle;
    private final Map<Capability, String> lacks = new EnumMap<>(Capability.class);
    private final Map<Integer, Volume> volumes = new HashMap<>();

    private final Map<Integer, Integer> slowDisks = new HashMap<>();
    private final Set<Integer> ended = new HashSet<>();
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private Cluster(ClusterSpec spec, UndoJournal journal, Substrate substrate, ClockFiles clocks) {
        this.spec = spec;
        this.journal = journal;
        this.substrate = substrate;
        this.links = new Links(substrate, spec.places());
        this.clocks = clocks;
        this.throttle = new DiskThrottle(spec.run(), journal);
    }

    /**
     * Makes networks and volumes; no node runs yet.
     *
     * @param substrate {@code local}, {@code netns} or {@code docker}
     * @throws ToolFailedException if the machine cannot have it, with what it lacks; nothing is left
     */
    public static Cluster create(ClusterSpec spec, String substrate, UndoJournal journal)
            throws IOException, InterruptedException {
        ClockFiles clocks = new ClockFiles(spec.directory());
        Cluster cluster = new Cluster(spec, journal, Substrates.of(substrate, spec, journal, clocks), clocks);
        try {
            cluster.create();
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private void create() throws IOException, InterruptedException {
        lacks.putAll(substrate.lacks());
        Volume.lack(spec.directory(), journal).ifPresent(reason -> lacks.putIfAbsent(Capability.VOLUME, reason));
        clocks.lack().ifPresent(reason -> lacks.putIfAbsent(Capability.CLOCK, reason));
        if (lacks.containsKey(Capability.VOLUME)) {
            lacks.put(Capability.THROTTLE, "without a volume: " + lacks.get(Capability.VOLUME));
        } else {
            throttle.lack().ifPresent(reason -> lacks.putIfAbsent(Capability.THROTTLE, reason));
        }
        for (int node = 1; node <= spec.places(); node++) {
            Path home = Files.createDirectories(spec.nodeDirectory(node));
            clocks.set(node, "+0.000");
            if (!lacks.containsKey(Capability.VOLUME)) {
                volumes.put(
                        node,
                        Volume.create(home.resolve("volume.img"), home.resolve("volume"), VOLUME_MEBIBYTES, journal));
            }
            if (!lacks.containsKey(Capability.THROTTLE)) {
                throttle.prepare(Integer.toString(node));
            }
            Files.createDirectories(data(node));
            Tool.run("sync", "-f", data(node).toString()); // as it would be on a disk that was made long ago
        }
        substrate.create();
    }

    /** Looks at what can only be tried in a node's network; the nodes run. */
    public void probeNetwork() {
        if (lacks.containsKey(Capability.NETWORK)) {
            return;
        }
        if (!links.knows(1, rate(400))) {
            lacks.put(Capability.RATE, "tc does not know tbf: the kernel lacks CONFIG_NET_SCH_TBF");
        }
        if (!links.knows(1, delay(1, 1))) {
            lacks.put(Capability.DELAY, "tc does not know netem: the kernel lacks CONFIG_NET_SCH_NETEM");
        }
    }

    DiskThrottle throttle() {
        return throttle;
    }

    Substrate substrate() {
        return substrate;
    }

    @Override
    public int size() {
        return spec.size();
    }

    /** What cannot be done here, with the reason. */
    public Map<Capability, String> lacks() {
        return Map.copyOf(lacks);
    }

    public String bootstrap() {
        return addresses(Substrate.Ports::kafka);
    }

    /** As a ZooKeeper client wants them. */
    public String zooKeeperAddresses() {
        return addresses(Substrate.Ports::zooKeeper);
    }

    private String addresses(ToIntFunction<Substrate.Ports> port) {
        return IntStream.rangeClosed(1, spec.size())
                .mapToObj(node -> substrate.host(node) + ":" + port.applyAsInt(substrate.ports(node)))
                .collect(Collectors.joining(","));
    }

    /** Where a node's data is on this machine. */
    public Path data(int node) {
        Volume volume = volumes.get(node);
        return (volume == null ? spec.nodeDirectory(node) : volume.root()).resolve("data");
    }

    public Process startClient(List<String> arguments) throws IOException {
        return substrate.startClient(arguments);
    }

    /** Where the run's directory is for clients. */
    public Path clientDirectory() {
        return substrate.clientDirectory();
    }

    @Override
    public boolean isRunning(int node) {
        return substrate.pid(node) > 0;
    }

    @Override
    public boolean isEnded(int node) {
        return ended.contains(node);
    }

    @Override
    public void start(int node) throws IOException {
        ended.remove(node);
        substrate.start(node, data(node));
        links.apply(node);
        Integer writesPerSecond = slowDisks.get(node);
        if (writesPerSecond != null) {
            throttle(node, writesPerSecond);
        }
    }

    @Override
    public boolean isServing(int node) {
        if (!isRunning(node)) {
            return false;
        }
        String target = "/dev/tcp/" + substrate.address(node) + "/"
                + substrate.ports(node).zooKeeper();
        List<String> ask =
                List.of("timeout", "2", "bash", "-c", "exec 3<> " + target + " && printf srvr >&3 && cat <&3");
        return Tool.tryRun(substrate.hasNetwork(node) ? substrate.inNetwork(node, ask) : ask)
                .output()
                .contains("Mode:");
    }

    /** SIGKILL; the node is gone on return. */
    public void kill(int node) throws InterruptedException {
        ended.add(node);
        signal(node, "KILL");
        substrate.awaitEnd(node);
    }

    /** SIGTERM, and SIGKILL to one that does not end by that, as supervisors do; the node is gone on return. */
    public void stop(int node) throws InterruptedException {
        ended.add(node);
        long deadlineNanos = System.nanoTime() + STOP_LIMIT.toNanos();
        while (signal(node, "TERM") && System.nanoTime() < deadlineNanos) {
            TimeUnit.MILLISECONDS.sleep(STOP_LOOK_MILLIS);
        }
        kill(node);
    }

    /** SIGSTOP; tells whether there was a process to stop. */
    public boolean pause(int node) {
        return signal(node, "STOP");
    }

    public void resume(int node) {
        signal(node, "CONT");
    }

    @Override
    public void wipe(int node) throws InterruptedException {
        kill(node);
        Tool.run("find", data(node).toString(), "-mindepth", "1", "-delete");
        Tool.run("sync", "-f", data(node).toString()); // a power cut must not bring it back
    }

    @Override
    public OperatorCommand operate(List<String> arguments) throws IOException {
        List<String> whole = new ArrayList<>(arguments);
        whole.addAll(List.of("-b", bootstrap()));
        return substrate.operate(whole);
    }

    private boolean signal(int node, String signal) {
        long pid = substrate.pid(node);
        return pid > 0
                && Tool.tryRun(List.of("kill", "-" + signal, Long.toString(pid)))
                                .status()
                        == 0;
    }

    /**
     * Cuts the power of nodes at once: what they had not forced to their disks is gone. They do not run on return, and have their
     * volumes back.
     */
    public void cutPower(Set<Integer> nodes) throws InterruptedException {
        for (int node : nodes) {
            volume(node).cutPower();
        }
        for (int node : nodes) {
            kill(node);
            volume(node).unmount();
            volume(node).mount();
        }
    }

    /** From here on each access of the node to its disk fails. */
    public void failDisk(int node) {
        volume(node).cutPower();
    }

    /** The node is killed and its disk works again. */
    public void mendDisk(int node) throws InterruptedException {
        kill(node);
        volume(node).unmount();
        volume(node).mount();
    }

    /** Leaves no byte free on the node's disk. */
    public void fillDisk(int node) throws IOException {
        volume(node).fill();
    }

    public void freeDisk(int node) throws IOException {
        volume(node).free();
    }

    /** Makes a node's disk slow, to so many writes a second, also for the process that runs after this one. */
    public void slowDisk(int node, int writesPerSecond) throws IOException {
        slowDisks.put(node, writesPerSecond);
        throttle(node, writesPerSecond);
    }

    private void throttle(int node, int writesPerSecond) throws IOException {
        long pid = substrate.pid(node);
        if (pid > 0) {
            throttle.limit(Integer.toString(node), pid, volume(node).deviceNumber(), writesPerSecond);
        }
    }

    public void unslowDisk(int node) throws IOException {
        slowDisks.remove(node);
        throttle.lift(Integer.toString(node), volume(node).deviceNumber());
    }

    private Volume volume(int node) {
        Volume volume = volumes.get(node);
        if (volume == null) {
            throw new IllegalStateException("no volume: " + lacks.get(Capability.VOLUME));
        }
        return volume;
    }

    /** Sets the wall clock of a node so many seconds ahead of this machine's; timeouts are not touched. */
    public void setClock(int node, double seconds) throws IOException {
        clocks.set(node, String.format(Locale.ROOT, "%+.3f", seconds));
    }

    /** Packets in these directions are dropped. */
    public void cut(Set<Cut> cuts) {
        links.cut(asLinks(cuts));
    }

    public void mend(Set<Cut> cuts) {
        links.mend(asLinks(cuts));
    }

    private static Set<Link> asLinks(Set<Cut> cuts) {
        return cuts.stream().map(cut -> new Link(cut.from(), cut.to())).collect(Collectors.toSet());
    }

    /** Packets of one node to another, or to {@link #CLIENTS}, are dropped. */
    public record Cut(int from, int to) {}

    /** Loses packets that the node sends or gets, each with this probability; 0: none. */
    public void losePackets(int node, double probability) {
        links.lose(node, probability);
    }

    /** Lets the node send so many kilobits in a second. */
    public void limitRate(int node, int kilobits) {
        links.shape(node, rate(kilobits));
    }

    public void unlimitRate(int node, int kilobits) {
        links.unshape(node, rate(kilobits));
    }

    /** What the node sends is late. */
    public void delay(int node, int millis, int jitterMillis) {
        links.shape(node, delay(millis, jitterMillis));
    }

    public void undelay(int node, int millis, int jitterMillis) {
        links.unshape(node, delay(millis, jitterMillis));
    }

    private static List<String> rate(int kilobits) {
        return List.of("tbf", "rate", kilobits + "kbit", "burst", "32kb", "latency", "400ms");
    }

    private static List<String> delay(int millis, int jitterMillis) {
        return List.of("netem", "delay", millis + "ms", jitterMillis + "ms");
    }

    /** Gives a node that does not run another address; its name stays. */
    public void readdress(int node) throws IOException {
        substrate.readdress(node);
        links.applyToAll(); // rules of the others name its address
    }

    /**
     * Flips one bit in a segment of a topic that is drawn.
     *
     * @param topicPrefix of the topics that are meant
     * @return what was done; empty when there is nothing to flip
     */
    public Optional<String> flipBit(int node, String topicPrefix, RandomGenerator random) throws IOException {
        Optional<Path> segment = drawSegment(node, topicPrefix, random);
        if (segment.isEmpty()) {
            return Optional.empty();
        }
        try (RandomAccessFile file = new RandomAccessFile(segment.get().toFile(), "rw")) {
            long position = random.nextLong(file.length());
            file.seek(position);
            int value = file.read();
            file.seek(position);
            file.write(value ^ 1 << random.nextInt(8));
            return Optional.of(data(node).relativize(segment.get()) + " at " + position);
        }
    }

    /** Cuts a few bytes off the end of a segment that is drawn; as {@link #flipBit}. */
    public Optional<String> truncateSegment(int node, String topicPrefix, RandomGenerator random) throws IOException {
        Optional<Path> segment = drawSegment(node, topicPrefix, random);
        if (segment.isEmpty()) {
            return Optional.empty();
        }
        try (RandomAccessFile file = new RandomAccessFile(segment.get().toFile(), "rw")) {
            long length = file.length() - 1 - random.nextLong(Math.min(file.length(), 4096));
            file.setLength(Math.max(0, length));
            return Optional.of(data(node).relativize(segment.get()) + " to " + Math.max(0, length));
        }
    }

    private Optional<Path> drawSegment(int node, String topicPrefix, RandomGenerator random) throws IOException {
        List<Path> segments = SegmentFiles.of(data(node)).entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(topicPrefix))
                .flatMap(entry -> entry.getValue().stream())
                .filter(file -> file.toFile().length() > 0)
                .toList();
        return segments.isEmpty() ? Optional.empty() : Optional.of(segments.get(random.nextInt(segments.size())));
    }

    /** Copies what the nodes have on their disks into the run's directory, where it stays. */
    public void keepEvidence() {
        for (int node = 1; node <= spec.places(); node++) {
            Tool.tryRun(List.of(
                    "cp",
                    "-a",
                    "--sparse=always",
                    data(node).toString(),
                    spec.nodeDirectory(node).resolve("evidence").toString()));
        }
    }

    @Override
    public void close() {
        if (isClosed.getAndSet(true)) {
            return;
        }
        substrate.close();
        volumes.values().forEach(Volume::close);
        for (int node = 1; node <= spec.places(); node++) {
            throttle.remove(Integer.toString(node));
        }
        journal.undoAll();
    }
}
