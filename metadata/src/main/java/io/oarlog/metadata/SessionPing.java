package io.oarlog.metadata;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The one question that the metadata group's leader answers without a log entry: "These sessions are alive; do you know them?"
 *
 * <pre>
 * question: 1 version (1), 1 kind (1), 4 number of sessions (1 to 10,000), 8 session id each
 * answer:   1 version (1), 1 answer: 1 all alive, 2 one of them is unknown, 3 not the leader, 4 question not understood
 * </pre>
 */
final class SessionPing {
    /** Most sessions of one question. */
    static final int MAX_SESSIONS = 10_000;

    private static final byte VERSION = 1;
    private static final byte KIND = 1;
    private static final int HEADER_BYTES = 6;
    private static final int SESSION_BYTES = 8;
    private static final int ANSWER_BYTES = 2;

    /** What the leader says. */
    enum Answer {
        ALIVE(1),
        NO_SESSION(2),
        NOT_LEADER(3),
        NOT_UNDERSTOOD(4);

        private final byte code;

        Answer(int code) {
            this.code = (byte) code;
        }
    }

    private SessionPing() {}

    static ByteBuffer question(List<Long> sessionIds) {
        ByteBuffer question = ByteBuffer.allocate(HEADER_BYTES + SESSION_BYTES * sessionIds.size())
                .put(VERSION)
                .put(KIND)
                .putInt(sessionIds.size());
        sessionIds.forEach(question::putLong);
        return question.flip();
    }

    /** The sessions asked for; empty when the bytes are not a question. */
    static List<Long> sessionIds(ByteBuffer question) {
        ByteBuffer in = question.duplicate();
        if (in.remaining() < HEADER_BYTES || in.get() != VERSION || in.get() != KIND) {
            return List.of();
        }
        int count = in.getInt();
        if (count < 1 || count > MAX_SESSIONS || in.remaining() != SESSION_BYTES * count) {
            return List.of();
        }
        List<Long> sessionIds = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sessionIds.add(in.getLong());
        }
        return sessionIds;
    }

    static ByteBuffer answer(Answer answer) {
        return ByteBuffer.allocate(ANSWER_BYTES).put(VERSION).put(answer.code).flip();
    }

    /** Reads an answer; one that cannot be read says nothing, as if there were no leader. */
    static Answer readAnswer(ByteBuffer bytes) {
        int at = bytes.position();
        if (bytes.remaining() == ANSWER_BYTES && bytes.get(at) == VERSION) {
            for (Answer answer : Answer.values()) {
                if (answer.code == bytes.get(at + 1)) {
                    return answer;
                }
            }
        }
        return Answer.NOT_UNDERSTOOD;
    }
}
