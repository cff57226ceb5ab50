package io.oarlog.server.api;

import java.net.InetAddress;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * One parsed request. Record bytes in it are slices of the connection's frame and belong to whoever handles it.
 *
 * @param clientAddress from where it came
 * @param path by which it came
 */
public record ApiRequest(RequestHeader header, AbstractRequest body, InetAddress clientAddress, ClientPath path) {
    public short version() {
        return header.apiVersion();
    }
}
