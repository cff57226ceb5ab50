package io.oarlog.server.cli;

import picocli.CommandLine.Option;

/** The brokers a client command asks first. */
final class BootstrapOption {
    @Option(
            names = {"-b", "--bootstrap"},
            paramLabel = "HOST:PORT[,HOST:PORT]",
            defaultValue = "${OARLOG_BOOTSTRAP:-127.0.0.1:9092}",
            description = "Brokers to ask first (default: ${DEFAULT-VALUE}; environment: OARLOG_BOOTSTRAP).")
    @SuppressWarnings("NullAway.Init") // has a default
    String servers;
}
