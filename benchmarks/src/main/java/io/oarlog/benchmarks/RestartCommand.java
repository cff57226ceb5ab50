package io.oarlog.benchmarks;

import io.oarlog.log.Disk;
import io.oarlog.log.LogSettings;
import io.oarlog.log.RecoveryReport;
import io.oarlog.log.SegmentedLog;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Measures how long a large log takes to open after its process was killed and after it was closed. */
@Command(
        name = "restart",
        mixinStandardHelpOptions = true,
        description = {
            "Write a log of 16 KiB batches in segments of 1 GiB in a process that is killed (SIGKILL) then, and open",
            "what it left: after the kill, and again after a clean stop.",
            "What fits into the page cache is read from there. All was fsynced before the kill.",
            "Targets: after a clean stop under 2 s and nothing scanned, after a kill the last segment at most."
        },
        footer = {"", "Example: benchmarks/run.sh restart --size 10g --dir /mnt/disk"})
final class RestartCommand implements Callable<Integer> {
    private static final int ROUNDS = 3;
    private static final double MOST_SECONDS_AFTER_STOP = 2;
    /** For indexes and a batch more than asked for. */
    private static final long ROOM_BYTES = 256L << 20;

    @Option(
            names = "--size",
            defaultValue = "10g",
            converter = Size.class,
            description = "Of the log, in bytes or with k, m or g (default: ${DEFAULT-VALUE}).")
    private long size;

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private DataOption data;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** One opening of the log. */
    private record Opening(double seconds, RecoveryReport report) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (ScratchDirectory scratch = data.create(size + ROOM_BYTES)) {
            out.println(Machine.describe(scratch.path()));
            out.flush();
            Path left = scratch.resolve("log");
            WriterCommand.writeAndKill(left, size, err);
            List<Opening> afterKill = new ArrayList<>();
            List<Opening> afterStop = new ArrayList<>();
            for (int round = 1; round <= ROUNDS; round++) {
                err.println("round " + round + " of " + ROUNDS);
                err.flush();
                Path copy = scratch.resolve("round-" + round);
                SegmentFiles.linkAll(left, copy);
                afterKill.add(open(copy));
                afterStop.add(open(copy));
            }
            out.printf("load average %.1f at the end%n%n", Machine.loadAverage());
            out.println("| opened after | seconds, median of " + ROUNDS + " | first | bytes scanned | segments |");
            out.println("|---|---|---|---|---|");
            out.println(row("a kill", afterKill));
            out.println(row("a clean stop", afterStop));
            boolean isMet = isTargetMet(afterKill, afterStop);
            out.println(isMet ? "targets met" : "**a target is missed**");
            out.flush();
            return isMet ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** After a clean stop under two seconds and nothing scanned, after a kill the last segment at most. */
    private static boolean isTargetMet(List<Opening> afterKill, List<Opening> afterStop) {
        return afterStop.stream().allMatch(opening -> opening.report().bytesScanned() == 0)
                && afterKill.stream()
                        .allMatch(opening -> opening.report().bytesScanned()
                                <= LogSettings.defaults().segmentBytes())
                && seconds(afterStop) < MOST_SECONDS_AFTER_STOP;
    }

    private static double seconds(List<Opening> openings) {
        return Median.of(openings.stream().mapToDouble(Opening::seconds).toArray());
    }

    /** Opens and closes a log. */
    private Opening open(Path directory) {
        long start = System.nanoTime();
        try (SegmentedLog log = SegmentedLog.open(Disk.system(), directory, LogSettings.defaults())) {
            return new Opening((System.nanoTime() - start) / 1e9, log.recovery());
        }
    }

    private static String row(String title, List<Opening> openings) {
        Opening first = openings.get(0);
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %.3f | %,d | %d |",
                title,
                seconds(openings),
                first.seconds(),
                first.report().bytesScanned(),
                first.report().segments());
    }

    /** A number of bytes as people write it. */
    static final class Size implements ITypeConverter<Long> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,12})([kmg]?)b?");

        @Override
        public Long convert(String text) {
            Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + text + "' is not a size such as 512m or 10g");
            }
            int shift = 10 * " kmg".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
            return Long.parseLong(matcher.group(1)) << shift;
        }
    }
}
