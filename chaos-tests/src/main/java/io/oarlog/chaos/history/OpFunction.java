package io.oarlog.chaos.history;

import java.util.Locale;

/** What an operation does. The first six are those of Jepsen's Kafka workload, with their values. */
public enum OpFunction {
    /** {@link MicroOps} with one {@link MicroOp.Send}. */
    SEND,
    /** {@link MicroOps} with one {@link MicroOp.Poll}. */
    POLL,
    /** {@link MicroOps}, all or nothing. */
    TXN,
    /** {@link Keys}: the consumer of this process reads these from now on. */
    ASSIGN,
    /** {@link Keys}: the consumer of this process joins a group for the topics of these. */
    SUBSCRIBE,
    /** {@link Nothing}: the clients of this process are thrown away; ends as {@link OpType#INFO}. */
    CRASH,
    /** {@link Offsets}: a member of the group commits what it has read. */
    COMMIT,
    /** {@link Offsets}: somebody asks what the group has committed. Empty at the invocation. */
    COMMITTED,
    /** {@link Register}: reads a register; the value is null at the invocation. */
    READ,
    /** {@link Register}: writes a register. */
    WRITE,
    /** {@link CompareAndSet} of a register; {@link OpType#FAIL} when another value was found. */
    CAS,
    /** {@link Event} of the nemesis: a fault begins or ends. */
    FAULT,
    HEAL;

    /** As in EDN, without the colon. */
    public String keyword() {
        return name().toLowerCase(Locale.ROOT);
    }
}
