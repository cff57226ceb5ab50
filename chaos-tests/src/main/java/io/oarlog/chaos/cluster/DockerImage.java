package io.oarlog.chaos.cluster;

/** What the image of {@code docker/Dockerfile} promises. */
final class DockerImage {
    /** The user and group that it runs as. */
    static final String USER = "10001:10001";

    private DockerImage() {}
}
