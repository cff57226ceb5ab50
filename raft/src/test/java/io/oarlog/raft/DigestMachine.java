package io.oarlog.raft;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** A state in which every command counts, and the order of them. Confined to the test's thread. */
final class DigestMachine implements ReplicatedStateMachine {
    private final int snapshotBytes;
    private long digest;

    /** @param snapshotBytes size of a snapshot beside the digest */
    DigestMachine(int snapshotBytes) {
        this.snapshotBytes = snapshotBytes;
    }

    /** The digest after the commands 1, 2 and so on up to an index. */
    static long digestAt(long index) {
        DigestMachine machine = new DigestMachine(0);
        for (long i = 1; i <= index; i++) {
            machine.apply(i);
        }
        return machine.digest();
    }

    void apply(long command) {
        digest = digest * 31 + command;
    }

    long digest() {
        return digest;
    }

    @Override
    public ByteBuffer apply(long term, long index, ByteBuffer command) {
        apply(command.getLong());
        return ByteBuffer.allocate(0);
    }

    @Override
    public ByteBuffer query(ByteBuffer request) {
        return ByteBuffer.allocate(0);
    }

    @Override
    public void onLeadership(boolean isLeader) {
        // it leads nothing
    }

    @Override
    public Snapshot snapshot() {
        long state = digest;
        return out -> {
            new DataOutputStream(out).writeLong(state);
            out.write(filler(state));
        };
    }

    @Override
    public void restore(InputStream in) throws IOException {
        long state = new DataInputStream(in).readLong();
        if (!Arrays.equals(in.readAllBytes(), filler(state))) {
            throw new IOException("not what belongs to digest " + state);
        }
        digest = state;
    }

    private byte[] filler(long state) {
        byte[] filler = new byte[snapshotBytes];
        new Random(state).nextBytes(filler);
        return filler;
    }
}
