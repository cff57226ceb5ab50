/**
 * {@code oarlog cluster}: whether the cluster is well, and what is wrong with it when it is not.
 *
 * <p>{@code ClusterSurvey} asks, {@code ClusterStatus} judges. Runs on the thread of the command.
 */
@NullMarked
package io.oarlog.server.cli.cluster;

import org.jspecify.annotations.NullMarked;
