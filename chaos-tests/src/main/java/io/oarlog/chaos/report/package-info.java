/**
 * What came of a run: as a record for programs, and as a page for people. Depends on {@code checker}, {@code history},
 * {@code nemesis} and, for the names of the histories, {@code workload}. One thread.
 */
@NullMarked
package io.oarlog.chaos.report;

import org.jspecify.annotations.NullMarked;
