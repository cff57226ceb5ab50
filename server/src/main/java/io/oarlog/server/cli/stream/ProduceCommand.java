package io.oarlog.server.cli.stream;

import io.oarlog.server.cli.connection.BootstrapOption;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sends the lines of standard input. */
@Command(
        name = "produce",
        mixinStandardHelpOptions = true,
        description = "Send each line of standard input as a record; when it ends, all are on disk at a majority.",
        footer = {
            "",
            "Example: printf 'k1:hello\\nk2:world\\n' | oarlog produce orders -k :",
            "         seq 1000 | oarlog produce orders -H source=seq --rate 100"
        })
public final class ProduceCommand implements Callable<Integer> {
    private static final byte[] NO_BYTES = {};

    @Mixin
    @SuppressWarnings("NullAway.Init") // set by picocli
    private BootstrapOption bootstrap;

    @Parameters(paramLabel = "TOPIC")
    @SuppressWarnings("NullAway.Init") // required
    private String topic;

    @Option(
            names = {"-p", "--partition"},
            description = "Send all to this partition (default: by key, or spread).")
    private @Nullable Integer partition;

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description = "What separates key and value in a line.")
    private @Nullable String keySeparator;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "NAME=VALUE",
            description = "A header of each record; may be given several times.")
    private @Nullable List<String> headers;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = "Send so many records a second (default: as fast as they come).")
    private double rate;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<Map.Entry<String, byte[]>> parsedHeaders = headers();
        if (!(rate >= 0)) {
            throw new ParameterException(spec.commandLine(), "--rate " + rate + ": give a number, 0 or more");
        }
        bootstrap.existingOrCreated(topic, partition);
        long sent = 0;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        LineReader in = new LineReader(System.in);
        Pace pace = new Pace(rate);
        try (Producer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap.servers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.partitionsFor(topic); // asked for now, it does not hold up the first record
            for (byte[] line = in.next(); line != null && failure.get() == null; line = in.next()) {
                pace.await();
                ProducerRecord<byte[], byte[]> record = record(line);
                parsedHeaders.forEach(header -> record.headers().add(header.getKey(), header.getValue()));
                var unused = producer.send(record, (metadata, e) -> {
                    if (e != null) {
                        failure.compareAndSet(null, e);
                    }
                });
                sent++;
            }
            producer.flush();
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw new CommandFailedException("not all lines were sent: " + failed.getMessage(), failed);
        }
        spec.commandLine().getErr().println("sent " + sent + (sent == 1 ? " record" : " records") + " to " + topic);
        return 0;
    }

    private List<Map.Entry<String, byte[]>> headers() {
        List<Map.Entry<String, byte[]>> parsed = new ArrayList<>();
        for (String header : headers == null ? List.<String>of() : headers) {
            int equals = header.indexOf('=');
            if (equals < 1) {
                throw new ParameterException(spec.commandLine(), "-H " + header + ": give NAME=VALUE");
            }
            parsed.add(Map.entry(
                    header.substring(0, equals), header.substring(equals + 1).getBytes(StandardCharsets.UTF_8)));
        }
        return parsed;
    }

    private ProducerRecord<byte[], byte[]> record(byte[] line) {
        byte[] separator = keySeparator == null ? NO_BYTES : keySeparator.getBytes(StandardCharsets.UTF_8);
        int at = separator.length == 0 ? -1 : indexOf(line, separator);
        return at < 0
                ? new ProducerRecord<>(topic, partition, null, line)
                : new ProducerRecord<>(
                        topic,
                        partition,
                        Arrays.copyOf(line, at),
                        Arrays.copyOfRange(line, at + separator.length, line.length));
    }

    private static int indexOf(byte[] line, byte[] part) {
        for (int at = 0; at <= line.length - part.length; at++) {
            if (Arrays.equals(line, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
        return -1;
    }
}
