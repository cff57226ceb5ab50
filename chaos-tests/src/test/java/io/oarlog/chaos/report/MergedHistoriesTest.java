package io.oarlog.chaos.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.oarlog.chaos.workload.WorkloadSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergedHistoriesTest {
    @TempDir
    Path directory;

    @Test
    void shouldReadAllInTheOrderOfTheirTimes() throws IOException {
        // given
        write(WorkloadSpec.ASSIGNED_HISTORY, """
                {:index 0, :time 1000000000, :process 0, :type :invoke, :f :send, :value [[:send 1 1]]}
                {:index 1, :time 3500000000, :process 0, :type :ok, :f :send, :value [[:send 1 [0 1]]]}
                """);
        write(WorkloadSpec.GROUP_HISTORY, """
                {:index 0, :time 2000000000, :process 0, :type :invoke, :f :send, :value [[:send 1 1]]}
                {:index 1, :time 2500000000, :process 0, :type :ok, :f :send, :value [[:send 1 [0 1]]]}
                {:index 2, :time 2600000000, :process :nemesis, :type :info, :f :fault, :value "kill node 1"}
                """);
        write(WorkloadSpec.CLASSIC_HISTORY, """
                {:index 0, :time 2700000000, :process 0, :type :invoke, :f :send, :value [[:send 1 2]]}
                {:index 1, :time 2800000000, :process 0, :type :ok, :f :send, :value [[:send 1 [0 2]]]}
                """);

        // when
        Timeline timeline = MergedHistories.timeline(directory);

        // then
        assertThat(timeline.seconds()).extracting(Second::acknowledged).containsExactly(0, 2, 1);
        assertThat(timeline.faults()).extracting(FaultSpan::acknowledged).containsExactly(2);
        assertThat(timeline.notes()).isEmpty();
    }

    @Test
    void shouldTellOfHistoriesThatAreMissing() throws IOException {
        // when
        Timeline timeline = MergedHistories.timeline(directory);

        // then
        assertThat(timeline.seconds()).isEmpty();
        assertThat(timeline.notes())
                .containsExactly(
                        "history-assigned.edn is missing: the timeline is without it",
                        "history-grouped.edn is missing: the timeline is without it",
                        "history-classic.edn is missing: the timeline is without it");
    }

    @Test
    void shouldShowWhatStandsBeforeATornLine() throws IOException {
        // given
        write(WorkloadSpec.ASSIGNED_HISTORY, """
                {:index 0, :time 1000000000, :process 0, :type :invoke, :f :send, :value [[:send 1 1]]}
                {:index 1, :time 1500000000, :process 0, :type :ok, :f :send, :value [[:send 1 [0""");
        write(WorkloadSpec.GROUP_HISTORY, """
                {:index 0, :time 2000000000, :process 0, :type :ok, :f :send, :value [[:send 1 [0 1]]]}
                """);
        write(WorkloadSpec.CLASSIC_HISTORY, "");

        // when
        Timeline timeline = MergedHistories.timeline(directory);

        // then
        assertThat(timeline.seconds()).extracting(Second::acknowledged).containsExactly(0, 1);
        assertThat(timeline.unended()).isEqualTo(1);
        assertThat(timeline.notes())
                .singleElement()
                .asString()
                .contains("before this", "history-assigned.edn:2", "is torn");
    }

    private void write(String name, String content) throws IOException {
        Files.writeString(directory.resolve(name), content, UTF_8);
    }
}
