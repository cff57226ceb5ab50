package io.oarlog.server.api;

import java.net.InetAddress;

/**
 * How a client has reached this broker: it is told addresses of the others that it can reach likewise. Immutable.
 *
 * @param listener name of the listener that it came by
 * @param localAddress the address of this machine that it used
 */
public record ClientPath(String listener, InetAddress localAddress) {}
