package io.oarlog.chaos.cluster;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What has to be undone on this machine, written down before it is done: a process of its own, {@link Watchdog}, undoes the rest
 * when this one is gone. Thread-safe.
 *
 * <p>One JSON object a line: {@code {"id":7,"undo":["ip","netns","del","x"]}}, and {@code {"done":7}}.
 */
public final class UndoJournal {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final Map<Long, List<String>> open = new LinkedHashMap<>(); // guarded by this
    private long nextId; // guarded by this

    public UndoJournal(Path file) {
        this.file = file;
    }

    public Path file() {
        return file;
    }

    /**
     * Writes down how to undo what is done next.
     *
     * @param undo command line; that it fails is not looked at
     * @return to be given to {@link #undone} or {@link #undo}
     */
    public synchronized long willDo(List<String> undo) {
        long id = nextId++;
        open.put(id, List.copyOf(undo));
        append(Map.of("id", id, "undo", undo));
        return id;
    }

    /** It is undone, by whatever means. */
    public synchronized void undone(long id) {
        if (open.remove(id) != null) {
            append(Map.of("done", id));
        }
    }

    /** Undoes it by its command line. */
    public synchronized void undo(long id) {
        List<String> command = open.get(id);
        if (command != null) {
            Tool.tryRun(command);
            undone(id);
        }
    }

    /** Undoes everything that is left, the last first. */
    public synchronized void undoAll() {
        new ArrayList<>(reversed(open.keySet())).forEach(this::undo);
    }

    private void append(Map<String, Object> line) {
        try {
            Files.writeString(
                    file,
                    JSON.writeValueAsString(line) + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("the undo journal cannot be written, nothing is broken without it", e);
        }
    }

    /** Command lines of what is not undone in a journal, the last first; a torn last line was not begun. */
    static List<List<String>> left(Path file) throws IOException {
        Map<Long, List<String>> left = new LinkedHashMap<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        for (String line : lines) {
            Entry entry;
            try {
                entry = JSON.readValue(line, Entry.class);
            } catch (JsonProcessingException e) {
                break;
            }
            if (entry.done() >= 0) {
                left.remove(entry.done());
            } else {
                left.put(entry.id(), entry.undo());
            }
        }
        List<List<String>> commands = new ArrayList<>();
        reversed(left.keySet()).forEach(id -> commands.add(left.getOrDefault(id, List.of())));
        return commands;
    }

    private static Deque<Long> reversed(Iterable<Long> ids) {
        Deque<Long> reversed = new ArrayDeque<>();
        ids.forEach(reversed::push);
        return reversed;
    }

    private record Entry(long id, List<String> undo, long done) {
        @JsonCreator
        static Entry of(
                @JsonProperty("id") long id,
                @JsonProperty("undo") @Nullable List<String> undo,
                @JsonProperty("done") @Nullable Long done) {
            return new Entry(id, undo == null ? List.of() : undo, done == null ? -1 : done);
        }
    }
}
