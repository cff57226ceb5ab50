package io.oarlog.server.cli.cluster;

/**
 * How far moves of replicas are. Immutable.
 *
 * @param bytes that the new replicas have
 * @param of what they will have
 */
record Copied(long bytes, long of) {
    static final Copied NOTHING = new Copied(0, 0);

    Copied plus(Copied other) {
        return new Copied(bytes + other.bytes, of + other.of);
    }

    Copied max(Copied other) {
        return new Copied(Math.max(bytes, other.bytes), Math.max(of, other.of));
    }

    Copied done() {
        return new Copied(of, of);
    }
}
