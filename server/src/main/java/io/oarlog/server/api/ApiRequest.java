package io.oarlog.server.api;

import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;

/** One parsed request. Record bytes in it are slices of the connection's frame and belong to whoever handles it. */
public record ApiRequest(RequestHeader header, AbstractRequest body) {
    public short version() {
        return header.apiVersion();
    }
}
