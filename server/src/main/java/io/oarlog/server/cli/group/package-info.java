/**
 * {@code oarlog group}: consumer groups, how far they are behind, and setting them back or forward.
 *
 * <p>{@code GroupAdmin} asks the coordinator by Kafka's admin client; how old the first record is that a group has not
 * read comes from reading that record. Runs on the thread of the command.
 */
@NullMarked
package io.oarlog.server.cli.group;

import org.jspecify.annotations.NullMarked;
