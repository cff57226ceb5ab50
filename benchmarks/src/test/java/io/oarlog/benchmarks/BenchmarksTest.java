package io.oarlog.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.metadata.zookeeper.OarlogBrokers;
import io.oarlog.server.cli.Oarlog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;

/** Runs all that there is once, with little data. It looks at no time: speed is what the benchmarks themselves are for. */
@Timeout(300)
class BenchmarksTest {
    private static final Map<String, String> LITTLE_DATA =
            Map.of("logBytes", "2097152", "segmentBytes", "65536", "segments", "4");

    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @EnumSource(Suite.class)
    void shouldRunEachComparison(Suite suite) throws RunnerException {
        for (Comparison comparison : suite.comparisons()) {
            // given
            ChainedOptionsBuilder options = new OptionsBuilder()
                    .include("^" + comparison.benchmark().getName() + "\\.")
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(5))
                    .verbosity(VerboseMode.SILENT)
                    .shouldFailOnError(true);
            LITTLE_DATA.forEach(options::param);
            comparison.parameters().forEach(options::param);

            // when
            var results = new Runner(options.build()).run();

            // then
            assertThat(results)
                    .as(comparison.title())
                    .extracting(result -> result.getPrimaryResult().getLabel())
                    .containsExactlyInAnyOrder(Comparison.LOG, Comparison.PLAIN);
            assertThat(results).extracting(RunResult::getPrimaryResult).allMatch(result -> result.getScore() > 0);
        }
    }

    @Test
    void shouldOpenWhatAKilledProcessLeft() {
        // when
        int status = run("restart", "--size", "4m", "--dir", directory.toString());

        // then
        assertThat(err.toString()).contains("4 of 4 MiB written");
        assertThat(status).isZero();
        assertThat(out.toString())
                .containsPattern("a kill [|] [0-9.]+ [|] [0-9.]+ [|] 4,194,304 [|] 1 [|]")
                .containsPattern("a clean stop [|] [0-9.]+ [|] [0-9.]+ [|] 0 [|] 1 [|]")
                .endsWith("targets met\n");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldServeZooKeepersClientsBesideZooKeeper() {
        // when
        int status = run(
                "zookeeper",
                "--clients",
                "1,2",
                "--rounds",
                "1",
                "--seconds",
                "0.2",
                "--warm-up",
                "0.3",
                "--lead",
                "0.1",
                "--dir",
                directory.toString());

        // then
        assertThat(status).isBetween(0, 1);
        assertThat(out.toString())
                .containsPattern("create [|] 1 [|] [0-9,]+/s, p50 [0-9.]+ ms, p99 [0-9.]+ ms [|] [0-9,]+/s")
                .containsPattern("get [|] 2 [|]")
                .containsPattern("gap after kill -9 of the leader [|] 6 [|] [0-9.]+ s [|] [0-9.]+ s [|]")
                .contains("| requests lost with a connection, in all rounds | | 0 | 0 | | none | yes |");
        assertThat(err.toString()).containsPattern("gap after kill -9 of the leader: [0-9.]+ s");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldSettleGroups() {
        // when
        int status = run(rebalance("--dir", directory.toString()));

        // then
        assertThat(status).isBetween(0, 1);
        assertThat(out.toString())
                .containsPattern("[|] all 2 begin [|] classic [|] [0-9.]+ [|] [0-9.]+ [|] under 3 s [|]")
                .containsPattern("[|] one of 2 leaves [|] consumer [|] [0-9.]+ [|]")
                .containsPattern("[|] one joins 1 [|] consumer [|] [0-9.]+ [|]");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldKillTheLeaderAndFindAllRecords() {
        // when
        int status = run("fail-over", "--kills", "2", "--rate", "200", "--dir", directory.toString());

        // then
        assertThat(status).as(err.toString()).isBetween(0, 1);
        assertThat(err.toString()).containsPattern("kill 2 of 2: node [123] led, [0-9.]+ s");
        assertThat(out.toString())
                .containsPattern(
                        "[|] 2 times [|] [0-9.]+ [|] [0-9.]+ [|] [0-9,]+, each there once and in order [|] 0 [|]");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldRestartAllNodesAndFindAllRecords() {
        // when
        int status = run("rolling-restart", "--rolls", "1", "--rate", "200", "--dir", directory.toString());

        // then
        assertThat(status).as(err.toString()).isZero();
        assertThat(err.toString()).containsPattern("roll 1 of 1: node 3 is back, [0-9.]+ s the longest gap, 0 sends");
        assertThat(out.toString())
                .containsPattern("[|] 1 [|] [0-9.]+ [|] [0-9.]+ [|] [0-9,]+, each there once and in order [|] 0 [|]");
        assertThat(directory).isEmptyDirectory();
    }

    /** Whatever the machine does to the targets: nothing is lost, twice there, out of order or left out by a reader. */
    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void shouldLiveThroughAllThatOperatorsDoWithNodes() {
        // when
        int status = run(
                "node-life",
                "--partitions",
                "2",
                "--rate",
                "50",
                "--bulk-mib",
                "4",
                "--settle",
                "2",
                "--dir",
                directory.toString());

        // then
        assertThat(status).as(err.toString()).isBetween(0, 1);
        assertThat(out.toString())
                .containsPattern("[|] node 3 comes back elsewhere [|] [0-9.]+ [|]")
                .containsPattern(
                        "[0-9,]+ records acknowledged, each there once and in order, 0 sends failed; read by a group")
                .contains(" none left out, ");
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldMeasureWhatPartitionsCost() {
        // when
        int status = run("partitions", "--counts", "3,5", "--idle", "1", "--dir", directory.toString());

        // then
        assertThat(status).as(err.toString()).isBetween(0, 1);
        assertThat(out.toString())
                .contains("| partitions, three replicas each | 3 | 5 |")
                .containsPattern("all replicas are in sync, s [|] [0-9.]+ [|] [0-9.]+ [|]")
                .containsPattern("clean restart of all: all in sync, s [|] [0-9.*]+ [|] [0-9.*]+ [|]");
        assertThat(directory).isEmptyDirectory();
    }

    private static String[] rebalance(String... more) {
        List<String> command = List.of("rebalance", "--members", "2", "--partitions", "3", "--rounds", "1");
        return Stream.concat(command.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void shouldSettleGroupsOfNodesThatRunAlreadyAndLeaveNothing() throws Exception {
        try (OarlogBrokers brokers = OarlogBrokers.start(directory, List.of("-Xmx512m"), Oarlog.class.getName());
                Admin admin = Admin.create(Map.of("bootstrap.servers", brokers.bootstrap()))) {
            // when
            int status = run(rebalance("--bootstrap", brokers.bootstrap(), "--protocol", "classic"));

            // then
            assertThat(status).as(err.toString()).isBetween(0, 1);
            assertThat(out.toString())
                    .startsWith("nodes at " + brokers.bootstrap())
                    .contains("| one of 2 leaves | classic |")
                    .doesNotContain("| consumer |");
            assertThat(admin.listTopics().names().get()).isEmpty();
            assertThat(admin.listGroups().all().get()).isEmpty();
        }
    }

    @Test
    void shouldGiveTheConsumersTheSettingsThatAreAskedFor() {
        // when
        int status = run(rebalance("--dir", directory.toString(), "--consumer", "heartbeat.interval.ms=soon"));

        // then
        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains("soon", "heartbeat.interval.ms");
        assertThat(err.toString().lines()).hasSize(1);
    }

    @Test
    void shouldRefuseMoreMembersThanPartitions() {
        assertThat(run("rebalance", "--members", "4", "--partitions", "3")).isEqualTo(2);
        assertThat(err.toString()).contains("a partition for each");
    }

    @Test
    void shouldSayWhatToDoWhenThereIsNoRoom() {
        // when
        int status = run("restart", "--size", "999999g", "--dir", directory.toString());

        // then
        assertThat(status).isEqualTo(1);
        assertThat(err.toString()).contains("make room or choose another directory with --dir");
        assertThat(err.toString().lines()).hasSize(1);
    }

    @Test
    void shouldRefuseASizeThatIsNone() {
        assertThat(run("restart", "--size", "many")).isEqualTo(2);
        assertThat(err.toString()).contains("'many' is not a size such as 512m or 10g");
    }

    @Test
    void shouldShowAnExample() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("Example: benchmarks/run.sh append lookup");
    }

    private int run(String... arguments) {
        CommandLine commandLine = Benchmarks.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
