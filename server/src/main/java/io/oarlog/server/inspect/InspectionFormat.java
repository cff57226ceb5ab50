package io.oarlog.server.inspect;

import java.io.PrintWriter;

/**
 * How an inspection prints, and where. Immutable.
 *
 * @param isJson one JSON object a line instead of text
 */
public record InspectionFormat(PrintWriter out, boolean isJson) {
    InspectionOutput output() {
        return isJson ? new JsonOutput(out) : new TextOutput(out);
    }
}
