package io.oarlog.chaos.workload;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpFunction;
import io.oarlog.chaos.history.OpType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.zookeeper.KeeperException;

/**
 * The process of the clients. Standard input: a line for each thing that the nemesis does ({@code fault TEXT}, {@code heal
 * TEXT}), {@code rebalance}, {@code final}; its end ends the process. Standard output: a {@link Status} as JSON, one a line and
 * second.
 */
public final class Clients {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SETUP_LIMIT = Duration.ofMinutes(3);
    private static final int CLASSIC_KEY_BASE = 1_000;
    private static final int LOG_PLACES = 5;
    private static final int SENDER_PLACES = 4;
    private static final int CONSUMER_PLACES = 3;
    private static final int CLASSIC_PLACES = 2;
    private static final int COMMIT_PLACES = CONSUMER_PLACES + CLASSIC_PLACES + 1;
    private static final int TOPICS = 3;
    private static final int REGISTER_PLACES = 4;
    private static final int REGISTERS = 5;
    private static final int THREAD_DIED = 4;

    private final WorkloadSpec spec;
    private final PrintStream out;
    private final Phase phase = new Phase();
    private final Measurements measurements = new Measurements();
    private final List<LogProcess> members = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private int rebalances;

    private Clients(WorkloadSpec spec, PrintStream out) {
        this.spec = spec;
        this.out = out;
    }

    /** Runs until it is told to end; the argument is the {@link WorkloadSpec} as JSON. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            e.printStackTrace();
            Runtime.getRuntime().halt(THREAD_DIED); // the workload is not whole any more
        });
        new Clients(JSON.readValue(arguments[0], WorkloadSpec.class), out).run();
        System.exit(0); // clients of nodes that are gone may hold threads still
    }

    private void run() throws Exception {
        Path directory = Path.of(spec.directory());
        long origin = System.nanoTime();
        try (Admin admin = Admin.create(Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, spec.bootstrap(),
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 3_000,
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 8_000));
                HistoryRecorder assigned =
                        new HistoryRecorder(directory.resolve(WorkloadSpec.ASSIGNED_HISTORY), origin);
                HistoryRecorder grouped = new HistoryRecorder(directory.resolve(WorkloadSpec.GROUP_HISTORY), origin);
                HistoryRecorder classic = new HistoryRecorder(directory.resolve(WorkloadSpec.CLASSIC_HISTORY), origin);
                HistoryRecorder commits = new HistoryRecorder(directory.resolve(WorkloadSpec.COMMIT_HISTORY), origin);
                HistoryRecorder registers =
                        new HistoryRecorder(directory.resolve(WorkloadSpec.REGISTER_HISTORY), origin)) {
            List<HistoryRecorder> histories = List.of(assigned, grouped, classic, commits, registers);
            createTopics(admin);
            createRegisters();
            Scout scout = new Scout(admin);
            startReaders(assigned, commits);
            startMembers(grouped, commits, false);
            startMembers(classic, commits, true);
            startOthers(admin, commits, registers);
            Thread watch = new Thread(() -> watch(scout, histories), "watch");
            watch.setDaemon(true);
            watch.start();
            obey(histories);
            awaitEnd();
            // Whoever is in the middle of something finds its history closed.
            Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {});
            watch.interrupt();
            watch.join();
            out.println(JSON.writeValueAsString(Status.of("done", measurements.look(), scout.last())));
        }
    }

    private void createTopics(Admin admin) throws InterruptedException {
        long deadline = System.nanoTime() + SETUP_LIMIT.toNanos();
        for (String topic :
                List.of(WorkloadSpec.ASSIGNED_TOPIC, WorkloadSpec.CONSUMER_TOPIC, WorkloadSpec.CLASSIC_TOPIC)) {
            while (!isCreated(admin, topic)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("topics cannot be created in " + SETUP_LIMIT);
                }
                TimeUnit.MILLISECONDS.sleep(500);
            }
        }
    }

    private void createRegisters() throws InterruptedException {
        long deadline = System.nanoTime() + SETUP_LIMIT.toNanos();
        while (true) {
            try {
                RegisterProcess.createAll(spec.zooKeeper(), REGISTERS);
                return;
            } catch (IOException | KeeperException e) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("registers cannot be created in " + SETUP_LIMIT, e);
                }
            }
        }
    }

    private boolean isCreated(Admin admin, String topic) throws InterruptedException {
        try {
            admin.createTopics(List.of(new NewTopic(topic, spec.keys(), (short) 3)))
                    .all()
                    .get();
            return true;
        } catch (ExecutionException e) {
            return e.getCause() instanceof TopicExistsException;
        }
    }

    private double pauseNanos() {
        return (LOG_PLACES + SENDER_PLACES + CONSUMER_PLACES + CLASSIC_PLACES + REGISTER_PLACES) / spec.rate() * 1e9;
    }

    private void startReaders(HistoryRecorder history, HistoryRecorder commits) {
        int places = LOG_PLACES + SENDER_PLACES;
        Keyspace keys = new Keyspace(spec.keys(), 0, TOPICS, places);
        for (int place = 0; place < LOG_PLACES; place++) {
            Supplier<LogClient> clients =
                    place % 2 == 1 ? thin(WorkloadSpec.ASSIGNED_TOPIC) : kafka(WorkloadSpec.ASSIGNED_TOPIC, "classic");
            start(new LogProcess(
                    new LogProcess.Settings(
                            place, places, false, 0, 0, COMMIT_PLACES, place < 2, pauseNanos(), clients),
                    history,
                    commits,
                    keys,
                    phase,
                    measurements,
                    seed(place)));
        }
        SharedProducer producer =
                new SharedProducer(() -> new KafkaSender(spec.bootstrap(), WorkloadSpec.ASSIGNED_TOPIC));
        for (int place = LOG_PLACES; place < places; place++) {
            start(new SendProcess(
                    new Sends(history, keys, measurements),
                    producer.share(),
                    keys,
                    phase,
                    new ProcessNumbers(place, places),
                    pauseNanos(),
                    seed(place)));
        }
    }

    private void startMembers(HistoryRecorder history, HistoryRecorder commits, boolean isClassic) {
        int places = isClassic ? CLASSIC_PLACES : CONSUMER_PLACES;
        String topic = isClassic ? WorkloadSpec.CLASSIC_TOPIC : WorkloadSpec.CONSUMER_TOPIC;
        Keyspace keys = new Keyspace(spec.keys(), isClassic ? 2 : 1, TOPICS, places);
        for (int place = 0; place < places; place++) {
            Supplier<LogClient> clients =
                    !isClassic && place == 1 ? thin(topic) : kafka(topic, isClassic ? "classic" : "consumer");
            int commitPlace = place + (isClassic ? CONSUMER_PLACES : 0);
            LogProcess member = new LogProcess(
                    new LogProcess.Settings(
                            place,
                            places,
                            true,
                            isClassic ? CLASSIC_KEY_BASE : 0,
                            commitPlace,
                            COMMIT_PLACES,
                            place < 2,
                            pauseNanos(),
                            clients),
                    history,
                    commits,
                    keys,
                    phase,
                    measurements,
                    seed(100 + commitPlace));
            members.add(member);
            start(member);
        }
    }

    private void startOthers(Admin admin, HistoryRecorder commits, HistoryRecorder registers) {
        start(new CommittedReader(
                admin,
                Map.of(WorkloadSpec.CONSUMER_GROUP, 0, WorkloadSpec.CLASSIC_GROUP, CLASSIC_KEY_BASE),
                commits,
                phase,
                new ProcessNumbers(COMMIT_PLACES - 1, COMMIT_PLACES)));
        AtomicLong values = new AtomicLong();
        for (int place = 0; place < REGISTER_PLACES; place++) {
            start(new RegisterProcess(
                    spec.zooKeeper(),
                    REGISTERS,
                    values,
                    pauseNanos(),
                    registers,
                    phase,
                    measurements,
                    new ProcessNumbers(place, REGISTER_PLACES),
                    seed(200 + place)));
        }
    }

    private long seed(int place) {
        return spec.seed() * 1_000_003 + place;
    }

    private Supplier<LogClient> thin(String topic) {
        return () -> new ThinLogClient(spec.bootstrap(), topic, WorkloadSpec.CONSUMER_GROUP);
    }

    private Supplier<LogClient> kafka(String topic, String groupProtocol) {
        String group = groupProtocol.equals("classic") ? WorkloadSpec.CLASSIC_GROUP : WorkloadSpec.CONSUMER_GROUP;
        return () -> new KafkaLogClient(spec.bootstrap(), topic, group, groupProtocol);
    }

    private void start(Runnable process) {
        Thread thread = new Thread(process, "process-" + threads.size());
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void watch(Scout scout, List<HistoryRecorder> histories) {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                scout.look();
                histories.forEach(HistoryRecorder::flush);
                out.println(JSON.writeValueAsString(
                        Status.of(phase.isRunning() ? "running" : "final", measurements.look(), scout.last())));
                TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Until everything is read, or nobody waits for it any more: the histories are whole lines then, to where they reach. */
    private void awaitEnd() throws InterruptedException {
        Thread orders = new Thread(Clients::awaitEndOfInput, "orders");
        orders.setDaemon(true);
        orders.start();
        while (orders.isAlive() && threads.stream().anyMatch(Thread::isAlive)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // nothing is expected, only the end
            }
        } catch (IOException e) {
            // A broken pipe is an end as well.
        }
    }

    private void obey(List<HistoryRecorder> histories) throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            if (order.equals("final")) {
                phase.end();
                return;
            } else if (order.equals("rebalance")) {
                members.get(rebalances++ % members.size()).leaveSoon();
            } else {
                record(histories, order);
            }
        }
        System.exit(1); // whoever started this is gone
    }

    private static void record(List<HistoryRecorder> histories, String order) {
        int blank = order.indexOf(' ');
        OpFunction function = order.startsWith("fault ") ? OpFunction.FAULT : OpFunction.HEAL;
        Event event = new Event(order.substring(blank + 1));
        histories.forEach(history -> history.complete(Op.NEMESIS, OpType.INFO, function, event, List.of(), null));
    }
}
