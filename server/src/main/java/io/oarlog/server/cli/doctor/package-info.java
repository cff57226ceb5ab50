/**
 * Finds out why a client does not get through: asks from where the command runs, as a client would, and says what to do next.
 *
 * <p>Talks to one address at a time over a socket of its own, because clients hide which address answered what.
 */
@NullMarked
package io.oarlog.server.cli.doctor;

import org.jspecify.annotations.NullMarked;
