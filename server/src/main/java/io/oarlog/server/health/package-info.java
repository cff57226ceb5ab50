/**
 * What load balancers and operators ask a broker over HTTP.
 *
 * <p>{@code Readiness} judges by the metadata tree, {@code HealthListener} answers on a thread of its own.
 */
@NullMarked
package io.oarlog.server.health;

import org.jspecify.annotations.NullMarked;
