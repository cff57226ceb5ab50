package io.oarlog.log;

import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the files of one segment are: its base offset in twenty digits, so that names sort by offset. Immutable.
 *
 * <pre>
 * 00000000000000000042.log        batches
 * 00000000000000000042.index      offset index, of a sealed segment
 * 00000000000000000042.timeindex  time index, of a sealed segment
 *
 * while a compaction replaces it (SegmentSwap), the indexes also while recovery rebuilds them:
 * 00000000000000000042.log.cleaned        and .index.cleaned, .timeindex.cleaned: being written
 * 00000000000000000042.log.swap           whole, and about to become the segment's
 * </pre>
 */
record SegmentName(Path directory, long baseOffset) {
    private static final String LOG = ".log";
    private static final Pattern FILE = Pattern.compile("(\\d{20})\\.(log|index|timeindex)");

    Path logFile() {
        return file(LOG);
    }

    Path indexFile() {
        return file(".index");
    }

    Path timeIndexFile() {
        return file(".timeindex");
    }

    private Path file(String suffix) {
        return directory.resolve(String.format(Locale.ROOT, "%020d", baseOffset) + suffix);
    }

    /** Whether this is a segment's file of batches. */
    static boolean isLogFile(Path path) {
        return baseOffsetOf(path).isPresent() && path.toString().endsWith(LOG);
    }

    /** The base offset in the name of any file of a segment; nothing for files that are none. */
    static OptionalLong baseOffsetOf(Path path) {
        Matcher matcher = FILE.matcher(String.valueOf(path.getFileName()));
        if (!matcher.matches()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(matcher.group(1)));
        } catch (NumberFormatException e) {
            // Twenty digits reach beyond a long; no segment begins there.
            return OptionalLong.empty();
        }
    }
}
