package io.oarlog.metadata.tree;

/** An entry that another version of Oarlog wrote: a replica that skipped it would not be one any more. */
public final class UnknownEntryVersionException extends RuntimeException {
    UnknownEntryVersionException(int version, int known) {
        super("metadata entry of version " + version + ", this build reads version " + known
                + " only: run the build that wrote the data directory");
    }
}
