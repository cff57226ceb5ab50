package io.oarlog.benchmarks;

import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntConsumer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;

/** What a client asks for again and again; every znode has the same size. */
enum ZnodeOperation {
    CREATE,
    SET,
    GET;

    private static final int DATA_BYTES = 100;

    static byte[] data() {
        byte[] data = new byte[DATA_BYTES];
        ThreadLocalRandom.current().nextBytes(data);
        return data;
    }

    /**
     * Sends one request.
     *
     * @param own the client's own znode: set and read, or the parent of what is created
     * @param done told ZooKeeper's code on the client's event thread
     */
    void send(ZooKeeper client, String own, byte[] data, IntConsumer done) {
        switch (this) {
            case CREATE ->
                client.create(
                        own + "/n-",
                        data,
                        Ids.OPEN_ACL_UNSAFE,
                        CreateMode.PERSISTENT_SEQUENTIAL,
                        (code, path, context, name) -> done.accept(code),
                        null);
            case SET -> client.setData(own, data, -1, (code, path, context, stat) -> done.accept(code), null);
            case GET -> client.getData(own, false, (code, path, context, read, stat) -> done.accept(code), null);
        }
    }

    boolean isWrite() {
        return this != GET;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
