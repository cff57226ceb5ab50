/** Checks of the jar that {@code package} makes. */
@NullMarked
package io.oarlog.shaded;

import org.jspecify.annotations.NullMarked;
