package io.oarlog.metadata.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Commands over few paths and sessions, so that they meet each other often. */
final class RandomCommands {
    private static final String[] NAMES = {"a", "b", "c"};
    private static final List<CreateMode> MODES = List.of(CreateMode.values());

    private final Random random;

    RandomCommands(long seed) {
        this.random = new Random(seed);
    }

    TimedCommand next() {
        return new TimedCommand(random.nextInt(1_000_000), command());
    }

    private ZnodeCommand command() {
        return switch (random.nextInt(12)) {
            case 0 -> new ZnodeCommand.CreateSession(session(), 1 + random.nextInt(10_000));
            case 1 -> random.nextInt(4) == 0 ? new ZnodeCommand.CloseSession(session()) : new ZnodeCommand.Sync();
            case 2 ->
                random.nextInt(4) == 0 ? new ZnodeCommand.ExpireSessions(List.of(session(), session())) : operation();
            case 3, 4 -> multi();
            default -> operation();
        };
    }

    private ZnodeCommand.Multi multi() {
        List<ZnodeCommand.Operation> operations = new ArrayList<>();
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            operations.add(operation());
        }
        return new ZnodeCommand.Multi(operations);
    }

    private ZnodeCommand.Operation operation() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> create();
            case 5, 6 -> new ZnodeCommand.SetData(path(), data(), version());
            case 7 -> new ZnodeCommand.Check(path(), version());
            case 8 -> new ZnodeCommand.CheckSame(path(), random.nextInt(200));
            default -> new ZnodeCommand.Delete(path(), version());
        };
    }

    private ZnodeCommand.Create create() {
        CreateMode mode = MODES.get(random.nextInt(MODES.size()));
        return new ZnodeCommand.Create(path(), data(), mode, mode.isEphemeral() ? session() : 0);
    }

    private int version() {
        return random.nextBoolean() ? ZnodeCommand.ANY_VERSION : random.nextInt(3);
    }

    private long session() {
        return 1L + random.nextInt(3);
    }

    private ZnodeData data() {
        byte[] bytes = new byte[random.nextInt(10)];
        random.nextBytes(bytes);
        return ZnodeData.copyOf(bytes);
    }

    private String path() {
        if (random.nextInt(30) == 0) {
            return random.nextBoolean() ? "/" : "/a//b";
        }
        StringBuilder path = new StringBuilder();
        int depth = 1 + random.nextInt(3);
        for (int i = 0; i < depth; i++) {
            path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
        }
        if (random.nextInt(10) == 0) {
            path.append(String.format("%010d", random.nextInt(4)));
        }
        return path.toString();
    }
}
