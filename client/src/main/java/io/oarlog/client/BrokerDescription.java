package io.oarlog.client;

import org.jspecify.annotations.Nullable;

/** A broker and the address under which clients reach it. Immutable. */
public record BrokerDescription(
        int id, String host, int port, @Nullable String rack) {}
