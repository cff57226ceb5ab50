/**
 * What a command says to the person or the script that runs it: tables, JSON, progress, and the one line of a failure.
 *
 * <p>Knows nothing of brokers. Each object is confined to the thread of its command.
 */
@NullMarked
package io.oarlog.server.cli.terminal;

import org.jspecify.annotations.NullMarked;
