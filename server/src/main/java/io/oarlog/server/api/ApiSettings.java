package io.oarlog.server.api;

/**
 * What the handlers need to know of the broker. Immutable.
 *
 * @param maxBatchBytes largest record batch that is taken
 * @param maxFetchBytes bound on the record bytes of one answer, whatever the client allows
 */
public record ApiSettings(int nodeId, int maxBatchBytes, int maxFetchBytes) {}
