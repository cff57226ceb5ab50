package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;

/** Looks for one kind of anomaly. Stateless: the same history gives the same verdict. */
public interface Checker {
    /** What it looks for, such as {@code lost}: the name in verdicts and reports. */
    String name();

    /** Looks through a history that has ended. */
    Verdict check(History history);
}
