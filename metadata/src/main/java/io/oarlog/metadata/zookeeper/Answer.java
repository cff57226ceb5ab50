package io.oarlog.metadata.zookeeper;

import org.apache.jute.Record;
import org.jspecify.annotations.Nullable;

/**
 * What a request led to. Immutable.
 *
 * @param body null when there is nothing to say but the error
 */
record Answer(ErrorCode error, @Nullable Record body) {
    /** Done, and nothing to say. */
    static final Answer DONE = new Answer(ErrorCode.OK, null);

    static Answer of(Record body) {
        return new Answer(ErrorCode.OK, body);
    }

    static Answer failed(ErrorCode error) {
        return new Answer(error, null);
    }
}
