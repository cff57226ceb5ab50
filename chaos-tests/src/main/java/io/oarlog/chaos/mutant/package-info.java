/**
 * Mutants: the node broken on purpose in one way each, to prove that the checkers find such a bug. A Java agent, in a jar of
 * its own, rewrites one or a few methods of the node while their classes are loaded; nothing of it is in the node's code.
 * Depends on Byte Buddy alone: what it rewrites is named by strings, and reached into by reflection. Threads are the node's.
 *
 * <p>Byte Buddy copies the bodies of advice methods into the node's methods. So they may use only what is visible there: the
 * types of the JDK and what is public in this package.
 */
@NullMarked
package io.oarlog.chaos.mutant;

import org.jspecify.annotations.NullMarked;
