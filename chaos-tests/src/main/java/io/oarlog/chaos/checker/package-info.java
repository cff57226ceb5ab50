/**
 * Checkers: each looks at a history for one kind of broken promise. Pure functions of histories; no I/O, no clock, no threads.
 * Depends on {@code history} alone.
 */
@NullMarked
package io.oarlog.chaos.checker;

import org.jspecify.annotations.NullMarked;
