package io.oarlog.metadata.zookeeper;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** What a server answers to the four-letter word {@code srvr}; empty when it does not answer. Immutable. */
record ServerStatus(String text) {
    private static final int LIMIT_MILLIS = 2_000;

    static ServerStatus of(String address) {
        return new ServerStatus(ask(address, "srvr"));
    }

    /** All that the server sends back; nothing when nobody listens. */
    static String ask(String address, String word) {
        int colon = address.lastIndexOf(':');
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))),
                    LIMIT_MILLIS);
            socket.setSoTimeout(LIMIT_MILLIS);
            socket.getOutputStream().write(word.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    boolean isServing() {
        return text.contains("Mode: ");
    }

    boolean isLeader() {
        return text.contains("Mode: leader");
    }
}
