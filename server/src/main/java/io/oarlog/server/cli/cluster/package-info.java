/**
 * {@code oarlog cluster}: whether the cluster is well, and what is wrong with it when it is not. {@code oarlog node}: whether one
 * node may go.
 *
 * <p>{@code ClusterSurvey} asks, {@code ClusterStatus} and {@code StopCheck} judge. Runs on the thread of the command.
 */
@NullMarked
package io.oarlog.server.cli.cluster;

import org.jspecify.annotations.NullMarked;
