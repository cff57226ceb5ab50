/** Brokers for tests: {@link io.oarlog.testkit.OarlogCluster}, and {@link io.oarlog.testkit.Oarlog} for JUnit. */
@NullMarked
package io.oarlog.testkit;

import org.jspecify.annotations.NullMarked;
