package io.oarlog.server.cli.doctor;

import io.oarlog.server.cli.terminal.OutputOption;
import io.oarlog.server.cli.terminal.TextTable;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what a client is told, and whether it gets there from here. */
@Command(
        name = "listeners",
        mixinStandardHelpOptions = true,
        description = {
            "Say in one line whether a client that is given HOST:PORT gets to every node, and else what to do.",
            "A client connects to the address that it is given and is told the advertised addresses of all nodes there; those"
                    + " it uses from then on. Each of them is resolved and connected to from here, and has to answer as the"
                    + " node that it is said to be."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:a client gets to every node that it is told of", "1:it does not", "2:wrong usage"},
        footer = {
            "",
            "Example: oarlog doctor listeners kafka-1.example.org:9092",
            "         oarlog doctor listeners 127.0.0.1:9092 -o json | jq -r .verdict"
        })
final class DoctorListenersCommand implements Callable<Integer> {
    private static final Pattern ADDRESS = Pattern.compile("(.+):(\\d{1,5})");
    private static final int MAX_PORT = 65_535;

    @Parameters(paramLabel = "HOST:PORT", description = "What the client is given: one of its bootstrap servers.")
    @SuppressWarnings("NullAway.Init") // required
    private String address;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "3",
            description = "Longest wait for a connection, and for each answer (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private OutputOption output;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Matcher parts = ADDRESS.matcher(address);
        if (!parts.matches() || Integer.parseInt(parts.group(2)) > MAX_PORT) {
            throw new ParameterException(spec.commandLine(), "'" + address + "' is not HOST:PORT");
        } else if (timeoutSeconds < 1) {
            throw new ParameterException(spec.commandLine(), "--timeout " + timeoutSeconds + ": give 1 or more");
        }
        ListenersReport report = new ListenerExamination(new SocketNetwork(Duration.ofSeconds(timeoutSeconds)))
                .examine(parts.group(1), Integer.parseInt(parts.group(2)));
        PrintWriter out = spec.commandLine().getOut();
        if (output.isJson()) {
            out.println(OutputOption.json(report));
        } else {
            print(report, out);
        }
        return report.works() ? 0 : 1;
    }

    private static void print(ListenersReport report, PrintWriter out) {
        out.println(report.verdict());
        if (report.address() == null) {
            return;
        }
        out.printf("%s is %s here, cluster %s%n%n", report.asked(), report.address(), report.clusterId());
        TextTable table = new TextTable("NODE", "ADVERTISED", "ADDRESSES HERE", "CONNECTS", "ANSWERS AS");
        report.nodes()
                .forEach(node -> table.row(
                        node.node(),
                        node.advertised() == null ? "not told" : node.advertised(),
                        joined(node.addresses()),
                        node.connects(),
                        node.answersAs()));
        table.print(out);
        List<String> faults = report.nodes().stream()
                .map(NodeFinding::fault)
                .filter(Objects::nonNull)
                .toList();
        if (faults.size() > 1) {
            out.println();
            faults.forEach(out::println);
        }
    }

    private static @Nullable String joined(List<String> addresses) {
        return addresses.isEmpty() ? null : String.join(",", addresses);
    }
}
