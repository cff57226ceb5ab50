/** What came of a run: as a record for programs, and as a page for people. Depends on {@code checker} and {@code history}. */
@NullMarked
package io.oarlog.chaos.report;

import org.jspecify.annotations.NullMarked;
