package io.oarlog.chaos.nemesis;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.oarlog.chaos.cluster.Tool;
import java.util.List;
import java.util.Optional;

/** What the cluster says of itself: {@code oarlog cluster status -o json}. */
final class ClusterHealth {
    static final List<String> QUESTION = List.of("cluster", "status", "-o", "json");

    private static final ObjectMapper JSON = new ObjectMapper();

    private ClusterHealth() {}

    /**
     * Why not all nodes answer, or not all partitions have a leader and all replicas in sync; empty when they do.
     *
     * @param answer to {@link #QUESTION}
     * @param nodes that there should be
     */
    static Optional<String> lack(Tool.Result answer, int nodes) {
        JsonNode status;
        try {
            status = JSON.readTree(answer.output());
        } catch (JsonProcessingException e) {
            return Optional.of(noAnswer(answer));
        }
        if (!status.isObject()) {
            return Optional.of(noAnswer(answer));
        }
        int answering = status.path("nodes").size();
        if (answer.status() != 0) {
            return Optional.of(status.path("verdict").asText("no verdict"));
        }
        return answering == nodes ? Optional.empty() : Optional.of("only " + answering + " nodes are known");
    }

    /** How many nodes {@code oarlog node list -o json} has; -1 when it failed. */
    static int listed(Tool.Result answer) {
        try {
            JsonNode nodes = JSON.readTree(answer.output());
            return answer.status() == 0 && nodes.isArray() ? nodes.size() : -1;
        } catch (JsonProcessingException e) {
            return -1;
        }
    }

    private static String noAnswer(Tool.Result answer) {
        return "cluster status ended with " + answer.status() + ": " + lastLine(answer.output());
    }

    /** Where a command says why it failed. */
    static String lastLine(String output) {
        return output.lines().reduce("", (before, line) -> line);
    }
}
