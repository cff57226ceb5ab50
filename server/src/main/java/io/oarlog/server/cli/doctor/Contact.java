package io.oarlog.server.cli.doctor;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** How an attempt at an address ended. */
sealed interface Contact {
    /** An answer came. */
    record Answered(InetAddress address, BrokerAnswer answer) implements Contact {}

    /**
     * None came.
     *
     * @param why in a word or two, for a table
     * @param sentence with the address, for a person
     * @param advice what to look at next
     */
    record Failed(String why, String sentence, String advice) implements Contact {
        static Failed of(String where, IOException e) {
            if (e instanceof SocketTimeoutException) {
                return new Failed(
                        "no answer",
                        where + " does not answer in time",
                        "is there a firewall on the way, or another machine at that address?");
            } else if (e instanceof EOFException
                    || String.valueOf(e.getMessage()).contains("reset")) {
                return new Failed(
                        "closed",
                        where + " closes the connection",
                        "the broker waits for a majority of the cluster, or it is no Kafka listener; its log says more");
            } else if (e instanceof ProtocolException) {
                return new Failed(
                        "not Kafka",
                        where + " does not speak Kafka's protocol (" + e.getMessage() + ")",
                        "is it the port of another listener?");
            } else if (e instanceof SocketException) {
                return new Failed(
                        "refused",
                        where + " cannot be connected to (" + e.getMessage() + ")",
                        "does the broker run, and is that where it listens?");
            }
            return new Failed(
                    "fails", where + ": " + e.getMessage(), "does the broker run, and is that where it listens?");
        }
    }
}
