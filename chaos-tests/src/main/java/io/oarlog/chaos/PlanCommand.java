package io.oarlog.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.oarlog.chaos.nemesis.FaultKind;
import io.oarlog.chaos.nemesis.Moment;
import io.oarlog.chaos.nemesis.Plan;
import io.oarlog.chaos.nemesis.PlannedFault;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a plan without carrying it out. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        description = "Print the plan of a seed; nothing is broken.",
        footer = {"", "Example: oarlog chaos plan --seed 7 --time 5m"})
final class PlanCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private PlanOptions options;

    @Option(names = "--kinds", description = "List the kinds of faults instead, and what each needs.")
    private boolean kinds;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "text or json. Default: ${DEFAULT-VALUE}.")
    private String output = "text";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (kinds) {
            for (FaultKind kind : FaultKind.values()) {
                out.printf(
                        "%-12s %s (needs %s)%n",
                        kind.word(), kind.description(), kind.needs().description());
            }
        } else if (output.equals("json")) {
            out.println(json(options.draw()));
        } else {
            print(options.draw(), out);
        }
        out.flush();
        return 0;
    }

    static String json(Plan plan) throws IOException {
        return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(plan);
    }

    static void print(Plan plan, PrintWriter out) {
        out.printf(
                "plan of seed %d: %d nodes, %d s, %d faults%n",
                plan.seed(), plan.nodes(), plan.millis() / 1000, plan.faults().size());
        for (PlannedFault fault : plan.faults()) {
            out.printf(
                    Locale.ROOT,
                    "  %7.1f s  %-12s for %4.1f s, %s%s%n",
                    fault.atMillis() / 1e3,
                    fault.kind().word(),
                    fault.lastsMillis() / 1e3,
                    fault.role().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    fault.moment() == Moment.ANYTIME
                            ? ""
                            : ", during " + fault.moment().name().toLowerCase(Locale.ROOT));
        }
    }
}
