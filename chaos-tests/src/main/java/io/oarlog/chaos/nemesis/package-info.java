/**
 * Faults: which there are, a plan of them drawn from one seed, and who makes and mends them. Depends on {@code cluster}. One
 * thread.
 */
@NullMarked
package io.oarlog.chaos.nemesis;

import org.jspecify.annotations.NullMarked;
