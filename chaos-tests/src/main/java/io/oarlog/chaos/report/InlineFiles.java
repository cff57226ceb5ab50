package io.oarlog.chaos.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Properties;

/**
 * Files of the class path that go into a report as they are. Immutable.
 *
 * @param plotScript of uPlot (MIT licence), as its webjar has it
 * @param plotLicence whose terms ask that it goes where the script goes
 */
record InlineFiles(String plotScript, String plotStyle, String plotLicence, String script, String style) {
    private static final String PLOT_PROPERTIES = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";

    static InlineFiles load() throws IOException {
        Properties ofPlot = new Properties();
        try (InputStream in = open(PLOT_PROPERTIES)) {
            ofPlot.load(in);
        }
        String home = "/META-INF/resources/webjars/uplot/" + ofPlot.getProperty("version");
        return new InlineFiles(
                element(read(home + "/dist/uPlot.iife.min.js")),
                element(read(home + "/dist/uPlot.min.css")),
                read(home + "/LICENSE"),
                element(read("/io/oarlog/chaos/report/report.js")),
                element(read("/io/oarlog/chaos/report/report.css")));
    }

    private static String read(String name) throws IOException {
        try (InputStream in = open(name)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static InputStream open(String name) throws IOException {
        InputStream in = InlineFiles.class.getResourceAsStream(name);
        if (in == null) {
            throw new FileNotFoundException(name + " is not on the class path");
        }
        return in;
    }

    /** What ends a script or a style cannot stand within it. */
    private static String element(String content) {
        if (content.contains("</")) {
            throw new IllegalStateException("a file that should stand in a page ends its element itself");
        }
        return content;
    }

    /**
     * What a page with these files may do: run these two scripts, and load nothing. So what slips through our escaping is still
     * neither run nor fetched.
     */
    String contentSecurityPolicy() {
        return "default-src 'none'; style-src 'unsafe-inline'; script-src " + hash(plotScript) + " " + hash(script);
    }

    private static String hash(String script) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(script.getBytes(UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
