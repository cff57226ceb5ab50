package io.oarlog.metadata.zookeeper;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The operations of ZooKeeper's protocol that are served. */
enum OpCode {
    CREATE(1, "CREA"),
    DELETE(2, "DELE"),
    EXISTS(3, "EXIS"),
    GET_DATA(4, "GETD"),
    SET_DATA(5, "SETD"),
    GET_ACL(6, "GETA"),
    SET_ACL(7, "SETA"),
    GET_CHILDREN(8, "GETC"),
    SYNC(9, "SYNC"),
    PING(11, "PING"),
    GET_CHILDREN2(12, "GETC"),
    /** As a part of a multi only. */
    CHECK(13, "CHEC"),
    MULTI(14, "MULT"),
    CREATE2(15, "CREA"),
    RECONFIG(16, "RECO"),
    CHECK_WATCHES(17, "CHKW"),
    REMOVE_WATCHES(18, "REMW"),
    CREATE_CONTAINER(19, "CREA"),
    CREATE_TTL(21, "CREA"),
    MULTI_READ(22, "MLTR"),
    AUTH(100, "AUTH"),
    SET_WATCHES(101, "SETW"),
    GET_EPHEMERALS(103, "GETE"),
    GET_ALL_CHILDREN_NUMBER(104, "GETACN"),
    SET_WATCHES2(105, "STW2"),
    ADD_WATCH(106, "ADDW"),
    WHO_AM_I(107, "HOMI"),
    CLOSE_SESSION(-11, "CLOS"),
    /** In the answer to a multi: an operation that was not done. */
    ERROR(-1, "NA");

    private static final Map<Integer, OpCode> BY_NUMBER =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(OpCode::number, Function.identity()));

    private final int number;
    private final String shortName;

    OpCode(int number, String shortName) {
        this.number = number;
        this.shortName = shortName;
    }

    /** As it goes over the wire. */
    int number() {
        return number;
    }

    /** As the word {@code cons} shows it. */
    String shortName() {
        return shortName;
    }

    static Optional<OpCode> of(int number) {
        return Optional.ofNullable(BY_NUMBER.get(number));
    }
}
