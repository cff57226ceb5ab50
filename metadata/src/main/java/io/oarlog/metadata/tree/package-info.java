/**
 * A tree of znodes with ZooKeeper's rules, as a value: a command applied to a tree gives the next tree, a result and the
 * changes. Pure and deterministic: time, session ids and zxids come in with the command.
 *
 * <p>Depends on the JDK alone. Everything here is immutable, so any thread may read any tree while the next one is made.
 */
@NullMarked
package io.oarlog.metadata.tree;

import org.jspecify.annotations.NullMarked;
