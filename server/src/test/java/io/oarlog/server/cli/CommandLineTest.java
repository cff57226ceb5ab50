package io.oarlog.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.server.embedded.ClusterPorts;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandLineTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "demo --help",
                "dev --help",
                "server --help",
                "topic --help",
                "topic create --help",
                "topic list --help",
                "topic describe --help",
                "topic delete --help",
                "topic delete-records --help",
                "produce --help",
                "consume --help",
                "bench --help",
                "bench produce --help",
                "bench consume --help",
                "bench latency --help",
                "completion --help",
                "cluster --help",
                "cluster status --help",
                "doctor --help",
                "doctor listeners --help",
                "group --help",
                "group list --help",
                "group describe --help",
                "group reset-offsets --help",
                "group delete --help",
                "log --help",
                "log verify --help",
                "log dump --help"
            })
    void shouldHelpWithAnExample(String arguments) {
        assertThat(run(arguments.split(" "))).isZero();
        assertThat(out.toString()).contains("Usage: oarlog").contains("Example: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "topic",
                "topic create",
                "topic create t -r 65535",
                "topic delete-records t -p 0",
                "topic delete-records t -p 0 --before -1",
                "topic list -b nonsense",
                "topic list -b h:99999",
                "topic list --timeout 0",
                "server",
                "dev -n 9",
                "dev --port 70000",
                "dev --raft-port 0",
                "consume t -o soon",
                "bench",
                "bench produce t -n 0",
                "bench produce t --batch 0",
                "bench consume t -n 0",
                "bench latency t -s 15",
                "bench latency t --rate 0",
                "completion",
                "completion fish",
                "cluster",
                "cluster status now",
                "doctor",
                "doctor listeners",
                "doctor listeners localhost",
                "doctor listeners localhost:99999",
                "doctor listeners localhost:9092 --timeout 0",
                "group",
                "group list -o xml",
                "group describe",
                "group reset-offsets g -t t",
                "group reset-offsets g --to-latest",
                "group reset-offsets g -t t --all-topics --to-latest",
                "group reset-offsets g -t t --to-latest --to-earliest",
                "group reset-offsets g -t t:x --to-latest",
                "group reset-offsets g -t t:-1 --to-latest",
                "group reset-offsets g -t t --to-time yesterday",
                "consume t -o -x",
                "consume t -o @soon",
                "consume t -n -1",
                "consume t -f %z",
                "consume t -f %",
                "consume t -f \\q",
                "consume t -f %v -k :",
                "consume t -k : --json",
                "consume t -g g -p 0",
                "consume t -g g -o 7",
                "produce t -H novalue",
                "produce t --rate -1",
                "topic list -o xml",
                "demo a b",
                "log",
                "log verify",
                "log verify d -p x",
                "log dump",
                "log dump d --from x",
                "log dump d --from -1",
                "log dump d --from 5 --to 4",
                "log dump d --limit -1"
            })
    void shouldExitWithTwoWhenItIsUsedWrongly(String arguments) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
                .isEqualTo(2);
        assertThat(err.toString()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(strings = {"topic create", "topic list --jsn", "group list -o xml", "group reset-offsets g -t t"})
    void shouldSayInOneLineWhereTheHelpIs(String arguments) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("oarlog: ")
                .contains("(see: oarlog "
                        + String.join(" ", List.of(arguments.split(" ")).subList(0, 2)) + " --help)")
                .hasLineCount(1);
    }

    @Test
    void shouldTakeTheBrokersOfTheProfile() throws Exception {
        // given
        Path profiles = directory.resolve("profiles.properties");
        Files.writeString(profiles, "prod.bootstrap=nonsense\n");

        // when, then
        assertThat(run("topic", "list", "--profiles", profiles.toString(), "--profile", "prod"))
                .isEqualTo(2);
        assertThat(err.toString()).startsWith("oarlog: brokers nonsense: ").hasLineCount(1);
    }

    @Test
    void shouldSayThatThereIsNoSuchProfile() {
        Path profiles = directory.resolve("none.properties");

        assertThat(run("group", "list", "--profiles", profiles.toString(), "--profile", "prod"))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains("there is no profile 'prod' in " + profiles, "prod.bootstrap=HOST:PORT")
                .hasLineCount(1);
    }

    @Test
    void shouldListTheCommandsWhenNoneIsNamed() {
        assertThat(run("topic")).isEqualTo(2);
        assertThat(err.toString()).startsWith("oarlog: Name what to do").contains("describe", "delete-records");
    }

    @Test
    void shouldNameTheSettingThatIsWrong() throws Exception {
        // given
        Path config = directory.resolve("server.properties");
        Files.writeString(config, "node.id=1\ncluster.nodes=1@127.0.0.1:9192\ndata.dir=x\nretention.hours=3\n");

        // when
        int code = run("server", "--config", config.toString());

        // then: in one line
        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("retention.hours").hasLineCount(1);
    }

    @Test
    void shouldExitWithOneAndOneLineWhenAFileIsMissing() {
        assertThat(run("demo", directory.resolve("missing").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no such file").hasLineCount(1);
    }

    @Test
    void shouldExitWithTwoWhenTheSettingsAreNoText() throws Exception {
        // given
        Path config = directory.resolve("server.properties");
        Files.write(config, new byte[] {'a', '=', (byte) 0xff, (byte) 0xfe, 0});

        // when, then
        assertThat(run("server", "--config", config.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(config.toString(), "UTF-8").hasLineCount(1);
    }

    @Test
    void shouldSayThatTheDataDirectoryIsAFile() throws Exception {
        // given
        Path file = Files.createFile(directory.resolve("file"));

        // when, then
        assertThat(run("dev", "--data", file.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("not a directory", file.toString()).hasLineCount(1);
    }

    @Test
    void shouldNotGiveAPortToTwoListeners() {
        assertThat(run("dev", "--data", directory.toString(), "--port", "9191", "--raft-port", "9193"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("overlap", "--port");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--port", "--raft-port"})
    void shouldNameThePortThatIsTakenAndTheOptionThatChangesIt(String option) throws Exception {
        // given
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(Math.min(socket.getLocalPort(), 65_531));
            List<Integer> free = ClusterPorts.free(1, RandomGenerator.getDefault());
            String other = option.equals("--port") ? "--raft-port" : "--port";

            // when
            int code = run(
                    "dev",
                    "-n",
                    "1",
                    "--data",
                    directory.resolve("data").toString(),
                    option,
                    port,
                    other,
                    free.get(0).toString());

            // then
            assertThat(code).isEqualTo(1);
            assertThat(err.toString()).contains("port " + port, option).hasLineCount(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"topic list", "cluster status", "group list", "group describe g"})
    void shouldSayWhatToDoWhenNoBrokerAnswers(String arguments) {
        // given
        int port = ClusterPorts.free(1, RandomGenerator.getDefault()).get(0);

        // when, then
        assertThat(run((arguments + " --timeout 1 -b 127.0.0.1:" + port).split(" ")))
                .isEqualTo(1);
        assertThat(err.toString()).contains("-b").hasLineCount(1);
    }

    private int run(String... arguments) {
        CommandLine commandLine = Oarlog.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
