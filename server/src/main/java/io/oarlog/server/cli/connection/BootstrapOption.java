package io.oarlog.server.cli.connection;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.TopicDescription;
import io.oarlog.client.TopicExistsException;
import io.oarlog.client.UnknownTopicException;
import io.oarlog.server.cli.terminal.CommandFailedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The brokers a client command asks first. */
public final class BootstrapOption {
    private static final Logger LOG = LoggerFactory.getLogger(BootstrapOption.class);
    private static final short CLUSTERS_DEFAULT = -1;
    private static final String CREATES_USED_TOPICS = "auto.create.topics.enable";
    private static final Duration REQUEST_LIMIT = Duration.ofSeconds(5);

    @Option(
            names = {"-b", "--bootstrap"},
            paramLabel = "HOST:PORT[,HOST:PORT]",
            description = "Brokers to ask first (default: those of the profile, or 127.0.0.1:9092; environment:"
                    + " OARLOG_BOOTSTRAP).")
    private @Nullable String given;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description =
                    "Ask the brokers of this profile (default: the one named default; environment: OARLOG_PROFILE).")
    private @Nullable String profile;

    @Option(
            names = "--profiles",
            paramLabel = "FILE",
            description = "Where profiles are, lines like prod.bootstrap=HOST:PORT,HOST:PORT (default:"
                    + " ~/.config/oarlog/profiles.properties; environment: OARLOG_PROFILES).")
    private @Nullable Path profilesFile;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "Give up when no broker answers for so long (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** The addresses, which make sense. */
    public String servers() {
        Map<String, String> environment = System.getenv();
        Path file = profilesFile == null ? Profiles.file(environment) : profilesFile;
        String servers = Profiles.load(file).servers(given, profile, environment);
        try {
            AdminSettings.defaults(servers);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), (given == null ? "brokers " : "-b ") + servers + ": " + e.getMessage(), e);
        }
        return servers;
    }

    /** How long to wait for an answer before giving up. */
    public Duration timeout() {
        if (timeoutSeconds < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--timeout " + timeoutSeconds + ": give a number, 1 or more");
        }
        return Duration.ofSeconds(timeoutSeconds);
    }

    /** An admin client that gives up before its user does. */
    public Admin admin() {
        return new Admin(AdminSettings.defaults(servers()).withOperationTimeout(timeout()));
    }

    /** Kafka's own admin client, for what ours does not do; it gives up likewise. */
    public org.apache.kafka.clients.admin.Admin kafkaAdmin() {
        return kafkaAdmin(timeout().compareTo(REQUEST_LIMIT) < 0 ? timeout() : REQUEST_LIMIT, timeout());
    }

    /** As {@link #kafkaAdmin()}, for what one broker may take long to do. */
    public org.apache.kafka.clients.admin.Admin kafkaAdmin(Duration limit) {
        return kafkaAdmin(limit, limit);
    }

    private org.apache.kafka.clients.admin.Admin kafkaAdmin(Duration ofRequest, Duration ofCall) {
        return org.apache.kafka.clients.admin.Admin.create(Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                servers(),
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                millis(ofRequest),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                millis(ofCall)));
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }

    /**
     * The topic as it is now.
     *
     * @param partition that it should have, or null
     * @throws CommandFailedException when there is no such topic or partition: the clients would wait for it to come
     */
    public TopicDescription existing(String topic, @Nullable Integer partition) {
        return checked(find(topic).orElseThrow(() -> missing(topic)), partition);
    }

    /**
     * As {@link #existing}; but a topic that is not there is created with the brokers' defaults where they create topics that are used
     * ({@code auto.create.topics.enable}).
     */
    public TopicDescription existingOrCreated(String topic, @Nullable Integer partition) {
        Optional<TopicDescription> found = find(topic);
        if (found.isPresent()) {
            return checked(found.get(), partition);
        } else if (!createsUsedTopics()) {
            throw missing(topic);
        }
        try (Admin admin = admin()) {
            admin.createTopic(topic, CLUSTERS_DEFAULT, CLUSTERS_DEFAULT, Map.of());
            spec.commandLine().getErr().println("created " + topic);
        } catch (TopicExistsException e) {
            LOG.debug("another client has created {} in between", topic);
        }
        return existing(topic, partition);
    }

    private Optional<TopicDescription> find(String topic) {
        try (Admin admin = admin()) {
            return Optional.of(admin.describeTopic(topic));
        } catch (UnknownTopicException e) {
            return Optional.empty();
        }
    }

    private static TopicDescription checked(TopicDescription found, @Nullable Integer partition) {
        int partitions = found.partitions().size();
        if (partition != null && (partition < 0 || partition >= partitions)) {
            throw new CommandFailedException(
                    "topic '" + found.name() + "' has no partition " + partition + ", only 0 to " + (partitions - 1));
        }
        return found;
    }

    private static CommandFailedException missing(String topic) {
        return new CommandFailedException(
                "there is no topic '" + topic + "'; create it with: oarlog topic create " + topic);
    }

    /** As one of the brokers says; they should be of one mind. */
    private boolean createsUsedTopics() {
        try (org.apache.kafka.clients.admin.Admin admin = kafkaAdmin()) {
            Node broker = KafkaAnswers.await(admin.describeCluster().nodes())
                    .iterator()
                    .next();
            ConfigResource settings = new ConfigResource(ConfigResource.Type.BROKER, broker.idString());
            Config told = KafkaAnswers.await(
                            admin.describeConfigs(List.of(settings)).all())
                    .get(settings);
            ConfigEntry setting = told == null ? null : told.get(CREATES_USED_TOPICS);
            return setting != null && Boolean.parseBoolean(setting.value());
        }
    }
}
