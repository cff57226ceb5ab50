package io.oarlog.metadata.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Commands of many sessions over few paths, so that they meet each other often. */
public final class RandomCommands {
    private static final String[] NAMES = {"a", "b", "c"};
    private static final String[] TOPS = {"/a", "/b", "/consumers", "/brokers", "/zookeeper", "/brokersbutnot"};
    private static final List<CreateMode> MODES = List.of(CreateMode.values());
    private static final Identity ANN = new Identity("digest", "ann:1");
    private static final Identity BOB = new Identity("digest", "bob:2");
    private static final Identity INSIDE = new Identity("ip", "10.1.2.3");
    private static final Identity OUTSIDE = new Identity("ip", "11.1.2.3");
    private static final List<List<Acl>> ACLS = List.of(
            Acl.OPEN,
            Acl.OPEN,
            Acl.OPEN,
            Acl.OPEN,
            Acl.ANYONE_READS,
            List.of(new Acl(Acl.ALL, ANN)),
            List.of(new Acl(Acl.READ | Acl.CREATE | Acl.ADMIN, BOB), new Acl(Acl.WRITE | Acl.DELETE, ANN)),
            List.of(new Acl(Acl.ALL, new Identity("ip", "10.0.0.0/8"))),
            List.of());
    private static final List<List<Identity>> CLIENTS =
            List.of(List.of(INSIDE), List.of(OUTSIDE), List.of(OUTSIDE, ANN), List.of(OUTSIDE, BOB), List.of(ANN, BOB));

    private final Random random;

    public RandomCommands(long seed) {
        this.random = new Random(seed);
    }

    public Origin origin() {
        return new Origin(1 + random.nextInt(2), 1);
    }

    public TimedCommand next() {
        return new TimedCommand(random.nextInt(1_000_000), command());
    }

    private ZnodeCommand command() {
        return switch (random.nextInt(16)) {
            case 0, 1 -> new ZnodeCommand.CreateSession(session(), password(), 1 + random.nextInt(10_000));
            case 2 -> new ZnodeCommand.AttachSession(session(), password(), 1 + random.nextInt(10_000));
            case 3 -> rarely() ? new ZnodeCommand.CloseSession(session()) : new ZnodeCommand.Sync();
            case 4 ->
                rarely() ? new ZnodeCommand.ExpireSessions(1, List.of(session(), session())) : operation(session());
            case 5 -> new ZnodeCommand.DeleteContainer(path());
            case 6 -> multi(session(), true);
            case 7, 8 -> operation(session());
            default -> clientRequest();
        };
    }

    private boolean rarely() {
        return random.nextInt(4) == 0;
    }

    private ZnodeCommand clientRequest() {
        long session = session();
        List<Identity> client = CLIENTS.get(random.nextInt(CLIENTS.size()));
        ZnodeCommand request = switch (random.nextInt(20)) {
            case 0 -> new ZnodeCommand.CloseSession(session);
            case 1 -> new ZnodeCommand.Sync();
            case 2, 3, 4, 5 -> multi(session, false);
            default -> clientOperation(session);
        };
        return new ZnodeCommand.ClientRequest(session, client, (ZnodeCommand.Requestable) request);
    }

    private ZnodeCommand.Operation clientOperation(long session) {
        ZnodeCommand.Operation operation = operation(session);
        return operation instanceof ZnodeCommand.CheckSame same ? new ZnodeCommand.Check(same.path(), -1) : operation;
    }

    private ZnodeCommand.Multi multi(long session, boolean isBrokers) {
        List<ZnodeCommand.Operation> operations = new ArrayList<>();
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            operations.add(isBrokers ? operation(session) : clientOperation(session));
        }
        return new ZnodeCommand.Multi(operations);
    }

    private ZnodeCommand.Operation operation(long session) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3, 4 -> create(session);
            case 5, 6 -> new ZnodeCommand.SetData(path(), data(), version());
            case 7 -> new ZnodeCommand.Check(path(), version());
            case 8 -> new ZnodeCommand.CheckSame(path(), random.nextInt(200));
            case 9 -> new ZnodeCommand.SetAcl(path(), acl(), version());
            default -> new ZnodeCommand.Delete(path(), version());
        };
    }

    private ZnodeCommand.Create create(long session) {
        CreateMode mode = MODES.get(random.nextInt(MODES.size()));
        return new ZnodeCommand.Create(path(), data(), acl(), mode, mode.isEphemeral() ? session : 0);
    }

    private List<Acl> acl() {
        return ACLS.get(random.nextInt(ACLS.size()));
    }

    private int version() {
        return random.nextBoolean() ? ZnodeCommand.ANY_VERSION : random.nextInt(3);
    }

    private long session() {
        return 1L + random.nextInt(5);
    }

    private SessionPassword password() {
        return rarely() ? SessionPassword.random(random) : Trees.PASSWORD;
    }

    private ZnodeData data() {
        byte[] bytes = new byte[random.nextInt(10)];
        random.nextBytes(bytes);
        return rarely() ? ZnodeData.NULL : ZnodeData.copyOf(bytes);
    }

    private String path() {
        if (random.nextInt(30) == 0) {
            return random.nextBoolean() ? "/" : "/a//b";
        }
        StringBuilder path = new StringBuilder(TOPS[random.nextInt(rarely() ? TOPS.length : 2)]);
        int depth = random.nextInt(3);
        for (int i = 0; i < depth; i++) {
            path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
        }
        if (random.nextInt(10) == 0) {
            path.append(String.format("%010d", random.nextInt(4)));
        }
        return path.toString();
    }
}
