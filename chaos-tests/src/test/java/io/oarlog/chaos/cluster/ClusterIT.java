package io.oarlog.chaos.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.oarlog.chaos.cluster.Cluster.Cut;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** That faults are what they say: nodes in namespaces, seen from outside. */
@Timeout(300)
final class ClusterIT {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration TRANSFER_LIMIT = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private Cluster cluster;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        assumeThat(Substrates.lack("netns"))
                .as("why there are no namespaces here")
                .isEmpty();
        ClusterSpec spec = new ClusterSpec(
                "it" + ProcessHandle.current().pid(),
                3,
                0,
                directory,
                Path.of(System.getProperty("oarlog.server.jar")),
                Path.of(System.getProperty("oarlog.chaos.jar")),
                Map.of(),
                List.of("-Xmx256m"));
        cluster = Cluster.create(spec, "netns", new UndoJournal(directory.resolve("undo")));
    }

    @AfterEach
    void close() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void shouldDropPacketsInOneDirectionAndLetThemThroughAgain() throws IOException {
        // given
        startAll();
        assertThat(reaches(1, 2)).isTrue();

        // when: what 2 answers does not arrive at 1
        cluster.cut(Set.of(new Cut(2, 1)));

        // then
        assertThat(reaches(1, 2)).isFalse();
        assertThat(reaches(1, 3)).isTrue();
        assertThat(reaches(3, 2)).isTrue();

        // when
        cluster.mend(Set.of(new Cut(2, 1)));

        // then
        assertThat(reaches(1, 2)).isTrue();
    }

    @Test
    void shouldKeepClientsFromHearingANode() throws IOException {
        // given
        startAll();

        // when
        cluster.cut(Set.of(new Cut(2, Cluster.CLIENTS)));

        // then
        assertThat(reaches(Cluster.CLIENTS, 2)).isFalse();
        assertThat(reaches(Cluster.CLIENTS, 1)).isTrue();
        assertThat(reaches(1, 2)).isTrue();
    }

    @Test
    void shouldLoseEveryPacketWithProbabilityOne() throws IOException {
        // given
        startAll();

        // when
        cluster.losePackets(2, 1);

        // then
        assertThat(reaches(1, 2)).isFalse();

        // when
        cluster.losePackets(2, 0);

        // then
        assertThat(reaches(1, 2)).isTrue();
    }

    @Test
    void shouldLoseSomePacketsOfMany() throws Exception {
        // given
        startAll();

        // when
        cluster.losePackets(2, 0.1);
        long millis = transferMillis(2, 1, 400_000);

        // then: all came in the end
        assertThat(millis).isNotNegative();
        assertThat(Tool.run(cluster.substrate().inNetwork(2, List.of("iptables", "-nvxL", "OARLOG-OUT"))))
                .containsPattern("(?m)^ *[1-9][0-9]* .*DROP");
    }

    @Test
    void shouldSlowTheLinkOfANode() throws Exception {
        // given
        startAll();
        assumeThat(cluster.lacks()).doesNotContainKey(Capability.RATE);

        // when: 400,000 bytes at 50,000 bytes a second, less what goes at once
        cluster.limitRate(2, 400);
        long slow = transferMillis(2, 1, 400_000);
        cluster.unlimitRate(2, 400);
        long fast = transferMillis(2, 1, 400_000);

        // then
        assertThat(slow).isGreaterThan(5_000);
        assertThat(fast).isLessThan(slow);
    }

    @Test
    void shouldSlowTheDiskOfANodeAndOfItsNextProcess() throws Exception {
        // given
        assumeThat(cluster.lacks()).doesNotContainKey(Capability.THROTTLE);
        startAll();

        // when
        cluster.slowDisk(1, 20);

        // then: 60 forced writes at 20 a second
        assertThat(forcedWritesMillis(1, 60)).isGreaterThan(2_000);

        // when
        cluster.kill(1);
        cluster.start(1);

        // then
        assertThat(Files.readAllLines(throttleGroup(1).resolve("cgroup.procs")))
                .contains(Long.toString(cluster.substrate().pid(1)));
        cluster.unslowDisk(1);
    }

    @Test
    void shouldBeReachedUnderItsNameWithANewAddress() throws Exception {
        // given
        startAll();
        String before = cluster.substrate().address(2);
        cluster.kill(2);

        // when
        cluster.readdress(2);
        cluster.start(2);

        // then
        assertThat(cluster.substrate().address(2)).isNotEqualTo(before);
        await().atMost(START_LIMIT).until(() -> reaches(1, 2));
    }

    @Test
    void shouldStopAndContinueAProcess() throws Exception {
        // given
        startAll();

        // when
        cluster.pause(2);

        // then
        await().atMost(START_LIMIT).until(() -> state(2).equals("T"));

        // when
        cluster.resume(2);

        // then
        await().atMost(START_LIMIT).until(() -> !state(2).equals("T"));
        assertThat(cluster.isRunning(2)).isTrue();
        cluster.kill(2);
        assertThat(cluster.isRunning(2)).isFalse();
    }

    @Test
    void shouldForgetWithAPowerCutWhatWasNotForced() throws Exception {
        // given
        assumeVolumes();
        Path forced = cluster.data(1).resolve("forced");
        Path notForced = cluster.data(1).resolve("not-forced");
        try (FileChannel file = FileChannel.open(forced, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap("forced".getBytes(UTF_8)));
            file.force(true);
        }
        Files.writeString(forced, ", then more", StandardOpenOption.APPEND);
        Files.writeString(notForced, "never forced");

        // when
        cluster.cutPower(Set.of(1));

        // then
        assertThat(forced).hasContent("forced");
        assertThat(notForced).doesNotExist();
        assertThat(cluster.data(2)).isDirectory();
    }

    @Test
    void shouldHaveNoByteLeftOnAFullDisk() throws IOException {
        // given
        assumeVolumes();
        Path file = cluster.data(1).resolve("file");

        // when
        cluster.fillDisk(1);

        // then
        assertThatThrownBy(() -> Files.write(file, new byte[1 << 16])).isInstanceOf(IOException.class);

        // when
        cluster.freeDisk(1);

        // then
        Files.write(file, new byte[1 << 16]);
        assertThat(file).hasSize(1 << 16);
    }

    @Test
    void shouldFailEachAccessToAFailedDiskUntilItIsMended() throws Exception {
        // given
        assumeVolumes();
        Path file = Files.writeString(cluster.data(1).resolve("file"), "text");

        // when
        cluster.failDisk(1);

        // then
        assertThatThrownBy(() -> Files.writeString(file, "more")).isInstanceOf(IOException.class);

        // when
        cluster.mendDisk(1);

        // then
        Files.writeString(file, "more");
        assertThat(file).hasContent("more");
    }

    @Test
    void shouldSetTheClockOfANodeAlone() throws Exception {
        // given
        assumeThat(cluster.lacks()).doesNotContainKey(Capability.CLOCK);

        // when
        cluster.setClock(1, -3600);

        // then
        long now = System.currentTimeMillis();
        assertThat(clockOf(1) - now).isBetween(-3_605_000L, -3_500_000L);
        assertThat(clockOf(2) - now).isBetween(-5_000L, 100_000L);
    }

    @Test
    void shouldFlipOneBitOfASegmentThatIsDrawn() throws IOException {
        // given
        Path segment = cluster.data(1).resolve("log/chaos-a/0.group/00000000000000000000.log");
        Files.createDirectories(segment.getParent());
        Files.write(segment, new byte[1000]);
        Path other = cluster.data(1).resolve("log/others/0.group/00000000000000000000.log");
        Files.createDirectories(other.getParent());
        Files.write(other, new byte[1000]);

        // when
        assertThat(cluster.flipBit(1, "chaos-", new Random(1))).isPresent();

        // then
        int bits = 0;
        for (byte each : Files.readAllBytes(segment)) {
            bits += Integer.bitCount(each & 0xff);
        }
        assertThat(bits).isEqualTo(1);
        assertThat(other).hasBinaryContent(new byte[1000]);
        assertThat(cluster.flipBit(2, "chaos-", new Random(1))).isEmpty();
    }

    private void assumeVolumes() {
        assumeThat(cluster.lacks()).doesNotContainKey(Capability.VOLUME);
    }

    private void startAll() throws IOException {
        for (int node = 1; node <= 3; node++) {
            cluster.start(node);
        }
        await().atMost(START_LIMIT).until(() -> reaches(1, 1) && reaches(1, 2) && reaches(1, 3));
    }

    /** Whether a connection is made within two seconds. */
    private boolean reaches(int from, int to) {
        String target = "/dev/tcp/" + cluster.substrate().address(to) + "/"
                + cluster.substrate().ports(to).kafka();
        List<String> connect = List.of("timeout", "2", "bash", "-c", "exec 3<>" + target);
        return Tool.tryRun(cluster.substrate().inNetwork(from, connect)).status() == 0;
    }

    /** How long it takes until all bytes that a program in one node's network sends are with one in another's. */
    private long transferMillis(int from, int to, int bytes) throws Exception {
        Process sender = program(from, "send", "0.0.0.0", bytes);
        Process receiver = program(to, "receive", cluster.substrate().address(from), bytes);
        try {
            assertThat(receiver.waitFor(TRANSFER_LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .as("whether all bytes came within %s", TRANSFER_LIMIT)
                    .isTrue();
            return Long.parseLong(new String(receiver.getInputStream().readAllBytes(), UTF_8).strip());
        } finally {
            sender.destroyForcibly();
            receiver.destroyForcibly();
        }
    }

    private Process program(int node, String role, String address, int bytes) throws IOException {
        List<String> command = List.of(
                JavaProgram.java(),
                "-cp",
                System.getProperty("java.class.path"),
                TransferProgram.class.getName(),
                role,
                address,
                Integer.toString(bytes));
        return new ProcessBuilder(cluster.substrate().inNetwork(node, command))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private long forcedWritesMillis(int node, int writes) {
        long begin = System.nanoTime();
        Tool.run(
                "sh",
                "-ec",
                "echo $$ > \"$0\"/cgroup.procs; exec dd if=/dev/zero of=\"$1\" bs=4k count=$2 oflag=dsync",
                throttleGroup(node).toString(),
                cluster.data(node).resolve("forced").toString(),
                Integer.toString(writes));
        return Duration.ofNanos(System.nanoTime() - begin).toMillis();
    }

    private Path throttleGroup(int node) {
        return cluster.throttle().path(Integer.toString(node));
    }

    private String state(int node) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + cluster.substrate().pid(node) + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
    }

    private long clockOf(int node) throws Exception {
        ClockFiles clocks = new ClockFiles(directory);
        ProcessBuilder program = new ProcessBuilder(
                JavaProgram.java(), "-cp", System.getProperty("java.class.path"), ClockProgram.class.getName());
        program.environment().putAll(clocks.environment(clocks.file(node)));
        Process process = program.start();
        return Long.parseLong(new String(process.getInputStream().readAllBytes(), UTF_8).strip());
    }

    /**
     * Sends bytes to one that connects and asks for them, or receives them and says how many milliseconds that took. One that only listened
     * would listen for ever where the last packet of its handshake is lost.
     */
    static final class TransferProgram {
        private static final int PORT = 7_777;

        private TransferProgram() {}

        public static void main(String[] arguments) throws Exception {
            int bytes = Integer.parseInt(arguments[2]);
            if (arguments[0].equals("send")) {
                try (ServerSocket server = new ServerSocket(PORT);
                        Socket socket = server.accept()) {
                    socket.getInputStream().read();
                    socket.getOutputStream().write(new byte[bytes]);
                }
                return;
            }
            try (Socket socket = connect(arguments[1])) {
                long begin = System.nanoTime();
                socket.getOutputStream().write(0);
                if (socket.getInputStream().readAllBytes().length == bytes) {
                    System.out.println(
                            Duration.ofNanos(System.nanoTime() - begin).toMillis());
                }
            }
        }

        private static Socket connect(String address) throws Exception {
            long deadline = System.nanoTime() + START_LIMIT.toNanos();
            while (true) {
                try {
                    return new Socket(address, PORT);
                } catch (IOException e) {
                    if (System.nanoTime() > deadline) {
                        throw e;
                    }
                    Thread.sleep(100);
                }
            }
        }
    }

    /** Says what time it is. */
    static final class ClockProgram {
        private ClockProgram() {}

        public static void main(String[] arguments) {
            System.out.println(System.currentTimeMillis());
        }
    }
}
