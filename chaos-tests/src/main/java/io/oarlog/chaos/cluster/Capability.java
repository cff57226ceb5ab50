package io.oarlog.chaos.cluster;

/** What a fault needs of the machine and the substrate. */
public enum Capability {
    /** Signals to the nodes' processes, and their files. */
    PROCESSES("processes and files"),
    /** A network of the nodes' own, with iptables. */
    NETWORK("a network of the nodes' own with iptables"),
    /** A rate for links: tc with tbf. */
    RATE("tc tbf"),
    /** A delay for links: tc with netem. */
    DELAY("tc netem"),
    /** A file system of each node's own that can be shut down as by a power cut. */
    VOLUME("loop-mounted file systems and xfs_io"),
    /** A slow disk: a rate for the volume's device. */
    THROTTLE("blkio cgroups"),
    /** A clock of the node's own: libfaketime. */
    CLOCK("libfaketime"),
    /** An address that can be changed, behind a name. */
    NAMES("host names of the nodes' own");

    private final String description;

    Capability(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }
}
