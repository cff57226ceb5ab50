/**
 * Histories: what clients asked for and were told, in order, in the form of Jepsen's EDN histories, so that other checkers can
 * judge the same file. Depends on nothing of the other packages. Values are immutable.
 */
@NullMarked
package io.oarlog.chaos.history;

import org.jspecify.annotations.NullMarked;
