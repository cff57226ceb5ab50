package io.oarlog.raft;

import io.oarlog.log.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the newest snapshot of another node, piece by piece. Confined to its caller, who waits.
 *
 * <p>Given up anywhere, also by the end of the process, it leaves at most an unfinished file, and can begin anew.
 */
final class SnapshotInstall {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotInstall.class);
    /** The other node keeps two, and has to take two more while one is copied. */
    private static final int MAX_BEGINNINGS = 5;

    private final MachineSnapshots snapshots;
    private final Source source;
    private final BooleanSupplier isWanted;

    /** A node that has snapshots. */
    interface Source {
        /**
         * Asks for a part of a snapshot.
         *
         * @throws IOException when it does not answer, or not in time
         */
        SnapshotPiece ask(SnapshotPieceRequest request) throws IOException;
    }

    /** @param isWanted looked at after each piece; a copy that nobody wants any more fails */
    SnapshotInstall(MachineSnapshots snapshots, Source source, BooleanSupplier isWanted) {
        this.snapshots = snapshots;
        this.source = source;
        this.isWanted = isWanted;
    }

    /**
     * Copies the snapshot, if it has more than the machine.
     *
     * @param appliedIndex what the machine here has
     * @return the copy, durable; nothing when the other node has none with more than the machine
     * @throws IOException when it could not be copied; nothing has changed
     */
    Optional<TermIndex> run(long appliedIndex) throws IOException {
        for (int beginning = 0; beginning < MAX_BEGINNINGS; beginning++) {
            SnapshotPiece first = source.ask(SnapshotPieceRequest.ofNewest());
            if (!first.isFound() || first.index() <= appliedIndex) {
                return Optional.empty();
            }
            try {
                LOG.atInfo()
                        .addKeyValue("index", first.index())
                        .addKeyValue("bytes", first.fileBytes())
                        .log("copying the leader's snapshot of the metadata");
                return Optional.of(snapshots.addCopy(first.index(), file -> copy(first, file)));
            } catch (SnapshotGoneException e) {
                LOG.atInfo().addKeyValue("index", first.index()).log("the leader has a newer snapshot; begins anew");
            }
        }
        throw new IOException("the leader takes snapshots faster than they are copied");
    }

    private void copy(SnapshotPiece first, DiskFile file) throws IOException {
        SnapshotPiece piece = first;
        long position = 0;
        while (true) {
            position += file.write(new ByteBuffer[] {piece.bytes()}, position);
            requireWanted();
            if (position >= first.fileBytes()) {
                return;
            }
            piece = source.ask(new SnapshotPieceRequest(first.index(), position));
            if (!piece.isFound()) {
                throw new SnapshotGoneException();
            }
            if (piece.index() != first.index()
                    || piece.fileBytes() != first.fileBytes()
                    || !piece.bytes().hasRemaining()) {
                throw new IOException("asked for snapshot " + first.index() + " from " + position + ", got "
                        + piece.bytes().remaining() + " bytes of " + piece.index());
            }
        }
    }

    private void requireWanted() throws IOException {
        if (!isWanted.getAsBoolean()) {
            throw new IOException("the snapshot is not wanted any more: another leader, or the node stops");
        }
    }

    /** The other node has deleted it. */
    private static final class SnapshotGoneException extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
