/**
 * Clusters of real nodes, and the places where they run: child processes, network namespaces, Docker. Knows nodes from outside
 * only: processes, files, addresses. Depends on nothing of the other packages; driven by one thread.
 */
@NullMarked
package io.oarlog.chaos.cluster;

import org.jspecify.annotations.NullMarked;
