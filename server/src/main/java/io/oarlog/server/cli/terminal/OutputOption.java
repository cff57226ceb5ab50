package io.oarlog.server.cli.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a listing is printed: for people, or for scripts. */
public final class OutputOption {
    private static final String TABLE = "table";
    private static final String JSON = "json";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = TABLE,
            completionCandidates = Formats.class,
            converter = FormatConverter.class,
            description = "table or json (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private String format;

    @Option(names = "--json", description = "The same as -o json.")
    private boolean isJson;

    public boolean isJson() {
        return isJson || format.equals(JSON);
    }

    /** The text of {@code value}, whose record components are the fields, over several lines. */
    public static String json(Object value) {
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** For completion. */
    static final class Formats extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Formats() {
            super(List.of(TABLE, JSON));
        }
    }

    static final class FormatConverter implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            if (!value.equals(TABLE) && !value.equals(JSON)) {
                throw new TypeConversionException("'" + value + "': give table or json");
            }
            return value;
        }
    }
}
