package io.oarlog.chaos.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.oarlog.chaos.history.CompareAndSet;
import io.oarlog.chaos.history.Event;
import io.oarlog.chaos.history.Keys;
import io.oarlog.chaos.history.MicroOp;
import io.oarlog.chaos.history.MicroOps;
import io.oarlog.chaos.history.Nothing;
import io.oarlog.chaos.history.Offsets;
import io.oarlog.chaos.history.Op;
import io.oarlog.chaos.history.OpValue;
import io.oarlog.chaos.history.Register;
import java.io.IOException;
import java.nio.file.Path;

/** {@code summary.json}: the summary of a run for programs. Values of operations say what they are in a field {@code is}. */
final class SummaryJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .addMixIn(RunSummary.class, WithValid.class)
            .addMixIn(Op.class, WithoutNemesis.class)
            .addMixIn(OpValue.class, NamedValue.class)
            .addMixIn(MicroOp.class, NamedMicroOp.class)
            .enable(SerializationFeature.INDENT_OUTPUT, SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS) // Nothing
            .build();

    private SummaryJson() {}

    static void write(RunSummary summary, Path file) throws IOException {
        JSON.writeValue(file.toFile(), summary);
    }

    static RunSummary read(Path file) throws IOException {
        return JSON.readValue(file.toFile(), RunSummary.class);
    }

    /** Programs want the verdict without knowing how it comes about; it is not read back. */
    @JsonIgnoreProperties(value = "valid", allowGetters = true)
    private interface WithValid {}

    @JsonIgnoreProperties("nemesis")
    private interface WithoutNemesis {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = MicroOps.class, name = "micro-ops"),
        @JsonSubTypes.Type(value = Keys.class, name = "keys"),
        @JsonSubTypes.Type(value = Offsets.class, name = "offsets"),
        @JsonSubTypes.Type(value = Register.class, name = "register"),
        @JsonSubTypes.Type(value = CompareAndSet.class, name = "compare-and-set"),
        @JsonSubTypes.Type(value = Event.class, name = "event"),
        @JsonSubTypes.Type(value = Nothing.class, name = "nothing")
    })
    private interface NamedValue {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = MicroOp.Send.class, name = "send"),
        @JsonSubTypes.Type(value = MicroOp.Poll.class, name = "poll")
    })
    private interface NamedMicroOp {}
}
