package io.oarlog.metadata.zookeeper;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The words that may stand in the place of the first request. */
enum FourLetterWord {
    CONF,
    CONS,
    CRST,
    DIRS,
    DUMP,
    ENVI,
    GTMK,
    HASH,
    ISRO,
    MNTR,
    RUOK,
    SRST,
    SRVR,
    STAT,
    STMK,
    WCHC,
    WCHP,
    WCHS;

    private static final Map<Integer, FourLetterWord> BY_CODE =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(FourLetterWord::code, Function.identity()));

    /** As it is written. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    private int code() {
        return ByteBuffer.wrap(text().getBytes(StandardCharsets.US_ASCII)).getInt();
    }

    /** @param code the word's four letters, read as a number */
    static Optional<FourLetterWord> of(int code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }
}
