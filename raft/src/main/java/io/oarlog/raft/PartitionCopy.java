package io.oarlog.raft;

import io.oarlog.log.BatchHeader;
import io.oarlog.log.CorruptLogException;
import io.oarlog.log.Disk;
import io.oarlog.log.InvalidBatchException;
import io.oarlog.log.LogRepair;
import io.oarlog.log.LogSettings;
import io.oarlog.log.RecordBatches;
import io.oarlog.log.SegmentSummary;
import io.oarlog.log.SegmentedLog;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the records that another replica has applied, beside the log that is here, and puts them in its place together with
 * the snapshot that stands for their entries. Confined to its caller, who waits.
 *
 * <p>All that is copied is committed. Until the commit nothing of the replica changes, so it can take part in its group; a crash
 * in the midst of the commit leaves a log that is repaired by another copy.
 */
final class PartitionCopy implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(PartitionCopy.class);

    /** Another replica. */
    interface Source {
        /** Some of what it has offered, from the first offset that is asked for on. */
        StoredRecords read(RecordsRequest request) throws IOException;
    }

    private final PartitionFiles files;
    private final RecordsOffer offer;
    private final DiskReserve reserve;
    private final BooleanSupplier isCancelled;
    private final LogRepair written;
    private long copiedBytes;

    private PartitionCopy(
            PartitionFiles files,
            RecordsOffer offer,
            DiskReserve reserve,
            BooleanSupplier isCancelled,
            LogRepair written) {
        this.files = files;
        this.offer = offer;
        this.reserve = reserve;
        this.isCancelled = isCancelled;
        this.written = written;
    }

    /**
     * Copies all that is offered; what is here goes with the commit.
     *
     * @param isCancelled asked often
     * @throws IOException when the other replica does not answer, compacted its records meanwhile, or gives others than were
     *     written; or the disk is short of space. Nothing has changed
     * @throws CancellationException when it is cancelled; likewise
     */
    static PartitionCopy ofAll(
            PartitionFiles files, Source source, RecordsOffer offer, DiskReserve reserve, BooleanSupplier isCancelled)
            throws IOException {
        LogRepair written =
                LogRepair.beginAtStart(files.disk(), files.directory(), uncut(files), offer.firstStoredOffset());
        PartitionCopy copy = new PartitionCopy(files, offer, reserve, isCancelled, written);
        return copy.filledFrom(source);
    }

    /**
     * As {@link #ofAll}, but goes on where the committed records here end. What other replicas compacted below that stays as it is
     * here: they agreed on compacting what all of them have.
     *
     * @param own the log that is here, at least as far as others may have rewritten theirs
     * @param committedEnd of its records, exclusive
     * @throws CorruptLogException when the records here are damaged: all have to be copied
     */
    static PartitionCopy ofRest(
            PartitionFiles files,
            SegmentedLog own,
            long committedEnd,
            Source source,
            RecordsOffer offer,
            DiskReserve reserve,
            BooleanSupplier isCancelled)
            throws IOException {
        long base = own.segments().stream()
                .mapToLong(SegmentSummary::baseOffset)
                .filter(offset -> offset <= committedEnd)
                .max()
                .orElse(committedEnd);
        LogRepair written = LogRepair.begin(files.disk(), files.directory(), uncut(files), base);
        PartitionCopy copy = new PartitionCopy(files, offer, reserve, isCancelled, written);
        copy.append(own, committedEnd);
        return copy.filledFrom(source);
    }

    /** Segments end where those of the other replica do, and nowhere else: else one might end within an entry. */
    private static LogSettings uncut(PartitionFiles files) throws IOException {
        return files.ownSettings().withSegmentBytes(Integer.MAX_VALUE).withSegmentMillis(Long.MAX_VALUE);
    }

    private void append(SegmentedLog own, long committedEnd) throws IOException {
        try {
            while (written.endOffset() < committedEnd) {
                ByteBuffer batches = own.readStored(written.endOffset(), StoredRecords.MAX_BYTES, committedEnd);
                append(batches, soundHere(batches));
            }
        } catch (IOException | RuntimeException e) {
            written.close();
            throw e;
        }
    }

    private PartitionCopy filledFrom(Source source) throws IOException {
        try {
            written.rewrittenTo(offer.rewrittenEndOffset());
            while (written.endOffset() < offer.endOffset()) {
                StoredRecords next = source.read(new RecordsRequest(written.endOffset(), offer.endOffset()));
                if (next.edition() != offer.edition()) {
                    throw new IOException("the other replica compacted its records, or was restarted, meanwhile");
                }
                copiedBytes += next.batches().remaining();
                append(next.batches(), sound(next.batches()));
                if (next.endsSegment()) {
                    written.roll();
                }
            }
            return this;
        } catch (IOException | RuntimeException e) {
            written.close();
            throw e;
        }
    }

    private void append(ByteBuffer batches, List<BatchHeader> headers) throws IOException {
        if (isCancelled.getAsBoolean()) {
            throw new CancellationException("the copy was cancelled");
        }
        reserve.write(batches.remaining(), () -> written.append(batches, headers));
    }

    private List<BatchHeader> soundHere(ByteBuffer batches) {
        try {
            return sound(batches);
        } catch (IOException e) {
            throw new CorruptLogException(files.directory() + ": " + e.getMessage(), e);
        }
    }

    /** What comes over the network is believed no more than what comes from the disk. */
    private List<BatchHeader> sound(ByteBuffer batches) throws IOException {
        List<BatchHeader> headers;
        try {
            headers = RecordBatches.validateStored(batches);
        } catch (InvalidBatchException e) {
            throw new IOException("batches at offset " + written.endOffset() + " are damaged: " + e.getMessage(), e);
        }
        if (headers.isEmpty()) {
            throw new IOException("nothing at offset " + written.endOffset() + " of " + offer.endOffset());
        }
        long offset = written.endOffset();
        for (BatchHeader header : headers) {
            Map.Entry<Long, Integer> epoch =
                    offer.state().snapshot().leaderEpochs().floorEntry(header.baseOffset());
            if (header.baseOffset() != offset
                    || header.nextOffset() > offer.endOffset()
                    || epoch == null
                    || epoch.getValue() != header.leaderEpoch()) {
                throw new IOException("expected a batch at offset " + offset + " of leader epoch "
                        + (epoch == null ? "(unknown)" : epoch.getValue()) + ", got offsets " + header.baseOffset()
                        + " to " + header.lastOffset() + " of " + header.leaderEpoch());
            }
            offset = header.nextOffset();
        }
        return headers;
    }

    /** Bytes that came from the other replica. */
    long copiedBytes() {
        return copiedBytes;
    }

    /**
     * Puts what was copied in its place, durably, while nobody has the log or the group open.
     *
     * @throws IOException when it could not; the log is damaged then, or as it was, and another copy mends it
     */
    void commit(Path groupDirectory) throws IOException {
        written.commitEnd();
        addSnapshot(files.disk(), groupDirectory, offer);
    }

    private static void addSnapshot(Disk disk, Path groupDirectory, RecordsOffer offer) throws IOException {
        SnapshotFiles.open(disk, groupDirectory.resolve(SnapshotFiles.DIRECTORY), OptionalLong.of(0))
                .add(offer.state().position(), offer.state().snapshot(), () -> false);
    }

    /**
     * Where the replica's own Raft log has the last entry that is offered, it has all before it as well, and needs no copy: it takes
     * the snapshot of the offer for its own. A leader whose Raft log begins later, for it was copied itself, learns from that where to go on;
     * without it, it would offer the same again for ever. The group has to be closed.
     *
     * @return whether it is so; else nothing has changed
     * @throws UncheckedIOException when the Raft log cannot be read, or the snapshot cannot be written
     */
    static boolean adopt(Disk disk, Path groupDirectory, RecordsOffer offer) {
        TermIndex last = offer.state().position();
        try {
            OptionalLong term = RaftLogFile.termAt(RaftLogFile.list(groupDirectory), last.getIndex());
            if (term.isEmpty() || term.getAsLong() != last.getTerm()) {
                return false;
            }
            addSnapshot(disk, groupDirectory, offer);
            LOG.atInfo()
                    .addKeyValue("directory", groupDirectory)
                    .addKeyValue("entry", last.getIndex())
                    .log("has all that is offered in its Raft log, and goes on from there");
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /**
     * As {@link #commit}, unless the replica's Raft log has come as far meanwhile: see {@link #adopt}. What a replica has that was fenced
     * meanwhile is not relied on.
     *
     * @throws UncheckedIOException as {@link #commit}
     */
    void commitUnlessPassed(Path groupDirectory) {
        try {
            if (files.fencedAt().isPresent() || !adopt(files.disk(), groupDirectory, offer)) {
                commit(groupDirectory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** Gives up what was not committed. */
    @Override
    public void close() {
        written.close();
    }
}
