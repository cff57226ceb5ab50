package io.oarlog.metadata;

import java.nio.ByteBuffer;

/**
 * The one question that the metadata group's leader answers without a log entry: "I am alive; is my session?"
 *
 * <pre>
 * question: 1 version (1), 1 kind (1), 8 session id
 * answer:   1 version (1), 1 answer: 1 alive, 2 no such session, 3 not the leader, 4 question not understood
 * </pre>
 */
final class SessionPing {
    private static final byte VERSION = 1;
    private static final byte KIND = 1;
    private static final int QUESTION_BYTES = 10;
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

    static ByteBuffer question(long sessionId) {
        return ByteBuffer.allocate(QUESTION_BYTES)
                .put(VERSION)
                .put(KIND)
                .putLong(sessionId)
                .flip();
    }

    static boolean isQuestion(ByteBuffer bytes) {
        int at = bytes.position();
        return bytes.remaining() == QUESTION_BYTES && bytes.get(at) == VERSION && bytes.get(at + 1) == KIND;
    }

    /** The session asked for; the bytes must be a question. */
    static long sessionId(ByteBuffer question) {
        return question.getLong(question.position() + 2);
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
