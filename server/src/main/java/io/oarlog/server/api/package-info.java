/**
 * The Kafka APIs: one handler each, and the table of what is served. Requests come as parsed messages of kafka-clients, and
 * handlers answer with a future: on the event loop they only start work.
 */
@NullMarked
package io.oarlog.server.api;

import org.jspecify.annotations.NullMarked;
