package io.oarlog.chaos.checker;

import io.oarlog.chaos.checker.Verdict.Outcome;
import java.util.List;
import java.util.Optional;

/**
 * The verdicts over one history.
 *
 * @param verdicts one of each checker, in their order
 */
public record Judgement(List<Verdict> verdicts) {
    public Judgement {
        verdicts = List.copyOf(verdicts);
    }

    /** Invalid if one verdict is, else unknown if one is or there is none, else valid. */
    public Outcome outcome() {
        if (any(Outcome.INVALID)) {
            return Outcome.INVALID;
        }
        return verdicts.isEmpty() || any(Outcome.UNKNOWN) ? Outcome.UNKNOWN : Outcome.VALID;
    }

    private boolean any(Outcome outcome) {
        return verdicts.stream().anyMatch(verdict -> verdict.outcome() == outcome);
    }

    /** The verdict of the checker with the name. */
    public Optional<Verdict> of(String checker) {
        return verdicts.stream()
                .filter(verdict -> verdict.checker().equals(checker))
                .findFirst();
    }
}
