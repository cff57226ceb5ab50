package io.oarlog.server.cli;

import io.oarlog.client.Admin;
import io.oarlog.client.AdminSettings;
import io.oarlog.client.TopicDescription;
import io.oarlog.client.UnknownTopicException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The brokers a client command asks first. */
final class BootstrapOption {
    private static final Duration LIMIT = Duration.ofSeconds(15);

    @Option(
            names = {"-b", "--bootstrap"},
            paramLabel = "HOST:PORT[,HOST:PORT]",
            defaultValue = "${OARLOG_BOOTSTRAP:-127.0.0.1:9092}",
            description = "Brokers to ask first (default: ${DEFAULT-VALUE}; environment: OARLOG_BOOTSTRAP).")
    @SuppressWarnings("NullAway.Init") // has a default
    private String servers;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** The addresses, which make sense. */
    String servers() {
        try {
            AdminSettings.defaults(servers);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "-b " + servers + ": " + e.getMessage(), e);
        }
        return servers;
    }

    /** An admin client that gives up before its user does. */
    Admin admin() {
        return new Admin(AdminSettings.defaults(servers()).withOperationTimeout(LIMIT));
    }

    /**
     * The topic as it is now.
     *
     * @param partition that it should have, or null
     * @throws CommandFailedException when there is no such topic or partition: the clients would wait for it to come
     */
    TopicDescription existing(String topic, @Nullable Integer partition) {
        TopicDescription found;
        try (Admin admin = admin()) {
            found = admin.describeTopic(topic);
        } catch (UnknownTopicException e) {
            throw new CommandFailedException(
                    "there is no topic '" + topic + "'; create it with: oarlog topic create " + topic, e);
        }
        if (partition != null
                && (partition < 0 || partition >= found.partitions().size())) {
            throw new CommandFailedException("topic '" + topic + "' has no partition " + partition + ", only 0 to "
                    + (found.partitions().size() - 1));
        }
        return found;
    }
}
