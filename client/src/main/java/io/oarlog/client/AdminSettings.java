package io.oarlog.client;

import java.time.Duration;

/**
 * Settings of an {@link Admin}. Immutable.
 *
 * @param bootstrap comma-separated {@code host:port}; any live one is enough to find the others
 * @param requestTimeout a connection that leaves a request unanswered for so long is given up
 * @param operationTimeout bound on each call, retries included
 */
public record AdminSettings(String bootstrap, Duration requestTimeout, Duration operationTimeout) {
    public AdminSettings {
        Endpoint.parseList(bootstrap);
        if (requestTimeout.isNegative() || requestTimeout.isZero()) {
            throw new IllegalArgumentException("requestTimeout " + requestTimeout + " is not positive");
        }
        if (operationTimeout.isNegative() || operationTimeout.isZero()) {
            throw new IllegalArgumentException("operationTimeout " + operationTimeout + " is not positive");
        }
    }

    /** 10 s for a request, 30 s for a call. */
    public static AdminSettings defaults(String bootstrap) {
        return new AdminSettings(bootstrap, Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    public AdminSettings withOperationTimeout(Duration newOperationTimeout) {
        return new AdminSettings(bootstrap, requestTimeout, newOperationTimeout);
    }
}
