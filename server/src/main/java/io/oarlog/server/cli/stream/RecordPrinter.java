package io.oarlog.server.cli.stream;

import java.io.PrintStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Writes a record for its reader. Immutable. */
interface RecordPrinter {
    void print(ConsumerRecord<byte[], byte[]> record, PrintStream out);
}
