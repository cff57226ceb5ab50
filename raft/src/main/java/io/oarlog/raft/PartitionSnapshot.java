package io.oarlog.raft;

import io.oarlog.log.Disk;
import io.oarlog.log.ProducerBatch;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.ratis.server.protocol.TermIndex;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands for the entries of a partition's Raft log up to one of them: all that the records themselves do not tell. The
 * records are in the segments, up to {@code endOffset}, before it is written. Immutable.
 *
 * <pre>
 * 1 version (1), 8 log start offset, 8 compaction bound, 8 end offset
 * 4 number of leader epochs, each: 8 first offset, 4 epoch
 * 4 number of producers' batches, each: 8 producer id, 2 epoch, 4 base sequence, 4 last sequence, 8 base offset, 8 last offset
 * 4 number of members, each: 4 node id
 * </pre>
 *
 * @param endOffset of the records, exclusive: the high watermark when the last of the entries was applied
 * @param leaderEpochs of all records below the end, by the first offset of each epoch
 * @param producers the batches that idempotence remembers, in an order that gives the same state
 * @param members node ids of the group's members then
 */
record PartitionSnapshot(
        long logStartOffset,
        long compactionBound,
        long endOffset,
        NavigableMap<Long, Integer> leaderEpochs,
        List<ProducerBatch> producers,
        List<Integer> members)
        implements SnapshotSource.Snapshot {
    /** Of a log of which no entry stands for another. */
    static final PartitionSnapshot NONE =
            new PartitionSnapshot(0, 0, 0, Collections.emptyNavigableMap(), List.of(), List.of());

    private static final Logger LOG = LoggerFactory.getLogger(PartitionSnapshot.class);
    private static final byte VERSION = 1;
    /** More than any count can be: read before memory is taken. */
    private static final int MAX_COUNT = 10_000_000;

    PartitionSnapshot {
        leaderEpochs = Collections.unmodifiableNavigableMap(new TreeMap<>(leaderEpochs));
        producers = List.copyOf(producers);
        members = List.copyOf(members);
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeByte(VERSION);
        data.writeLong(logStartOffset);
        data.writeLong(compactionBound);
        data.writeLong(endOffset);
        data.writeInt(leaderEpochs.size());
        for (Map.Entry<Long, Integer> epoch : leaderEpochs.entrySet()) {
            data.writeLong(epoch.getKey());
            data.writeInt(epoch.getValue());
        }
        data.writeInt(producers.size());
        for (ProducerBatch batch : producers) {
            data.writeLong(batch.producerId());
            data.writeShort(batch.producerEpoch());
            data.writeInt(batch.baseSequence());
            data.writeInt(batch.lastSequence());
            data.writeLong(batch.baseOffset());
            data.writeLong(batch.lastOffset());
        }
        data.writeInt(members.size());
        for (int member : members) {
            data.writeInt(member);
        }
        data.flush();
    }

    /**
     * The newest sound one of a group that nobody has open; changes nothing.
     *
     * @return {@link AppliedState.UpTo#NOTHING} when there is none
     */
    static AppliedState.UpTo newest(Disk disk, Path groupDirectory) throws IOException {
        Path directory = groupDirectory.resolve(SnapshotFiles.DIRECTORY);
        if (!disk.isDirectory(directory)) {
            return AppliedState.UpTo.NOTHING;
        }
        List<SnapshotFile> files = disk.list(directory).stream()
                .flatMap(path -> SnapshotFile.of(path).stream())
                .sorted(Comparator.comparingLong(SnapshotFile::index).reversed())
                .toList();
        for (SnapshotFile file : files) {
            try {
                TermIndex position = file.verify(disk, file.path());
                return new AppliedState.UpTo(position, file.read(disk, PartitionSnapshot::read));
            } catch (DamagedSnapshotException e) {
                LOG.atWarn().addKeyValue("file", file.path()).log(e.getMessage());
            }
        }
        return AppliedState.UpTo.NOTHING;
    }

    /** @throws IOException when the bytes are not a snapshot that this version reads */
    static PartitionSnapshot read(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(in);
        byte version = data.readByte();
        if (version != VERSION) {
            throw new IOException("a partition's snapshot of version " + version + "; this build reads " + VERSION);
        }
        long logStartOffset = data.readLong();
        long compactionBound = data.readLong();
        long endOffset = data.readLong();
        NavigableMap<Long, Integer> leaderEpochs = new TreeMap<>();
        for (int i = count(data); i > 0; i--) {
            leaderEpochs.put(data.readLong(), data.readInt());
        }
        List<ProducerBatch> producers = new ArrayList<>();
        for (int i = count(data); i > 0; i--) {
            producers.add(new ProducerBatch(
                    data.readLong(),
                    data.readShort(),
                    data.readInt(),
                    data.readInt(),
                    data.readLong(),
                    data.readLong()));
        }
        List<Integer> members = new ArrayList<>();
        for (int i = count(data); i > 0; i--) {
            members.add(data.readInt());
        }
        return new PartitionSnapshot(logStartOffset, compactionBound, endOffset, leaderEpochs, producers, members);
    }

    private static int count(DataInputStream data) throws IOException {
        int count = data.readInt();
        if (count < 0 || count > MAX_COUNT) {
            throw new IOException("not a partition's snapshot: a count of " + count);
        }
        return count;
    }
}
