package io.oarlog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.log.CrashViolation.Kind;
import io.oarlog.log.CrashWorkload.Mix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** No crash loses what was acknowledged; and the exploration that says so finds a log that skips what it must do. */
@Timeout(600)
class CrashExplorationTest {
    private static final Logger LOG = LoggerFactory.getLogger(CrashExplorationTest.class);
    private static final int LEAST_STATES = 25_000;
    private static final int LEAST_STATES_OF_EACH_MIX = 2_500;
    private static final int MOST_STATES_TO_FIND_A_FAULT = 10_000;
    /** Another one explores other workloads. */
    private static final long SEED = Long.getLong("oarlog.seed", 1);

    private final SplittableRandom seeds = new SplittableRandom(SEED);

    @Test
    void shouldRecoverFromEveryCrash() {
        // given
        CrashExploration exploration = new CrashExploration(UnaryOperator.identity());

        // when
        for (Mix mix : Mix.values()) {
            int statesBefore = exploration.states();
            while (exploration.states() - statesBefore < LEAST_STATES_OF_EACH_MIX) {
                exploration.explore(mix, seeds.nextInt(Integer.MAX_VALUE));
            }
        }

        // then
        LOG.info(
                "crash exploration: {} states, {} of them after a second crash, seed {}, {} violations",
                exploration.states(),
                exploration.statesOfSecondLives(),
                SEED,
                exploration.violations().size());
        exploration.violations().stream().findFirst().ifPresent(violation -> {
            throw new AssertionError("-Doarlog.seed=" + SEED + ": " + violation.getMessage(), violation);
        });
        assertThat(exploration.states()).isGreaterThanOrEqualTo(LEAST_STATES);
    }

    /** What is found when the log sees its disk through {@code broken}. */
    private Set<Kind> faultsOf(Mix mix, UnaryOperator<Disk> broken) {
        CrashExploration exploration = new CrashExploration(broken);
        while (exploration.violations().isEmpty() && exploration.states() < MOST_STATES_TO_FIND_A_FAULT) {
            exploration.explore(mix, seeds.nextInt(Integer.MAX_VALUE));
        }
        return exploration.violations().stream()
                .map(CrashViolation::kind)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void shouldFindALogThatSkipsTheFsync() {
        assertThat(faultsOf(Mix.APPENDS, ForgetfulDisk::new))
                .as("seed %d", SEED)
                .contains(Kind.LOST);
    }

    /** Forgets to make files durable. */
    private static final class ForgetfulDisk extends ForwardingDisk {
        ForgetfulDisk(Disk disk) {
            super(disk);
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            return new ForwardingFile(super.open(path)) {
                @Override
                public void force() {
                    // not done
                }
            };
        }
    }

    @Test
    void shouldFindALogThatSkipsTheSyncOfTheDirectory() {
        assertThat(faultsOf(Mix.APPENDS, NamelessDisk::new)).as("seed %d", SEED).isNotEmpty();
    }

    /** Forgets to make names durable. */
    private static final class NamelessDisk extends ForwardingDisk {
        NamelessDisk(Disk disk) {
            super(disk);
        }

        @Override
        public void syncDirectory(Path directory) {
            // not done
        }
    }

    @Test
    void shouldFindALogThatSkipsTheSyncOfARename() {
        assertThat(faultsOf(Mix.COMPACTIONS, disk -> new HastyDisk(disk, Change.MOVED)))
                .as("seed %d", SEED)
                .isNotEmpty();
    }

    @Test
    void shouldFindALogThatSkipsTheSyncOfADeletion() {
        assertThat(faultsOf(Mix.FULL_DISKS, disk -> new HastyDisk(disk, Change.DELETED)))
                .as("seed %d", SEED)
                .isNotEmpty();
    }

    private enum Change {
        MOVED,
        DELETED,
        OTHER
    }

    /** Forgets to make names durable where the last change of one is of a kind. */
    private static final class HastyDisk extends ForwardingDisk {
        private final Change forgotten;
        private Change last = Change.OTHER;

        HastyDisk(Disk disk, Change forgotten) {
            super(disk);
            this.forgotten = forgotten;
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            last = exists(path) ? last : Change.OTHER;
            return super.open(path);
        }

        @Override
        public void move(Path source, Path target) throws IOException {
            super.move(source, target);
            last = Change.MOVED;
        }

        @Override
        public void delete(Path path) throws IOException {
            super.delete(path);
            last = Change.DELETED;
        }

        @Override
        public void syncDirectory(Path directory) throws IOException {
            if (last != forgotten) {
                super.syncDirectory(directory);
            }
        }
    }

    @Test
    void shouldFindALogThatDoesNotCheckTheCrc() {
        assertThat(faultsOf(Mix.APPENDS, CredulousDisk::new))
                .as("seed %d", SEED)
                .contains(Kind.INVENTED);
    }

    /** Shows every batch with the checksum that its bytes have, which is as good as never to check one. */
    private static final class CredulousDisk extends ForwardingDisk {
        CredulousDisk(Disk disk) {
            super(disk);
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            DiskFile file = super.open(path);
            return SegmentName.isLogFile(path) ? new CredulousFile(file) : file;
        }

        private static final class CredulousFile extends ForwardingFile {
            CredulousFile(DiskFile file) {
                super(file);
            }

            @Override
            public int read(ByteBuffer target, long position) throws IOException {
                ByteBuffer content = ByteBuffer.allocate((int) size());
                var unused = super.read(content, 0);
                content.flip();
                fixChecksums(content);
                int bytes = (int) Math.max(0, Math.min(target.remaining(), content.limit() - position));
                if (bytes > 0) {
                    target.put(content.slice((int) position, bytes));
                }
                return bytes;
            }

            /** As far as the batches are well framed. */
            private static void fixChecksums(ByteBuffer batches) {
                int at = 0;
                while (at + BatchHeader.BYTES <= batches.limit()
                        && RecordBatches.frameDefect(batches, at, batches.limit() - at)
                                .isEmpty()) {
                    int size = BatchHeader.read(batches, at).sizeInBytes();
                    CRC32C crc = new CRC32C();
                    crc.update(batches.slice(
                            at + BatchHeader.ATTRIBUTES_POSITION, size - BatchHeader.ATTRIBUTES_POSITION));
                    batches.putInt(at + BatchHeader.CRC_POSITION, (int) crc.getValue());
                    at += size;
                }
            }
        }
    }

    @Test
    void shouldFindALogThatKeepsIndexesOverATruncation() {
        assertThat(faultsOf(Mix.TRUNCATIONS, HoardingDisk::new))
                .as("seed %d", SEED)
                .contains(Kind.WRONG_INDEX);
    }

    /** Neither deletes nor cuts an index. */
    private static final class HoardingDisk extends ForwardingDisk {
        HoardingDisk(Disk disk) {
            super(disk);
        }

        private static boolean isIndex(Path path) {
            return path.toString().endsWith("index");
        }

        @Override
        public void delete(Path path) throws IOException {
            if (!isIndex(path)) {
                super.delete(path);
            }
        }

        @Override
        public DiskFile open(Path path) throws IOException {
            DiskFile file = super.open(path);
            if (!isIndex(path)) {
                return file;
            }
            return new ForwardingFile(file) {
                @Override
                public void truncate(long size) {
                    // not done
                }
            };
        }
    }
}
