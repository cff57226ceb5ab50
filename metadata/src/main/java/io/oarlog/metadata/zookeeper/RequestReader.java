package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import org.apache.jute.InputArchive;

/** Reads the body of a request of one operation. On the connection's event loop. */
interface RequestReader {
    /**
     * Reads a body.
     *
     * @throws IOException when it is not one of the operation's; so may an unchecked exception say
     */
    Request read(InputArchive body, Caller caller) throws IOException;
}
