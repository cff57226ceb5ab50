@NullMarked
package io.oarlog.benchmarks;

import org.jspecify.annotations.NullMarked;
