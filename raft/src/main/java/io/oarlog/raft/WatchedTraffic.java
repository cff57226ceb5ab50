package io.oarlog.raft;

/**
 * What the RPC of a node's groups knows and Ratis does not tell. Thread-safe.
 *
 * @param appenders of what is led here
 * @param commits of what is led elsewhere
 */
record WatchedTraffic(FollowerAppenders appenders, HeardCommits commits) {}
