/**
 * The command line of the chaos harness, and the run that brings cluster, clients, nemesis and checkers together. Depends on all
 * other packages; none depends on it.
 */
@NullMarked
package io.oarlog.chaos;

import org.jspecify.annotations.NullMarked;
