package io.oarlog.chaos.checker;

import io.oarlog.chaos.history.History;
import io.oarlog.chaos.history.MicroOp.Seen;
import io.oarlog.chaos.history.OpType;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Breaks one promise in a sound history of a log, and says who must find it. */
enum LogMutation {
    /** An acknowledged record below others is polled by nobody. */
    LOSE("lost") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.acknowledged, random, sent -> sent.offset() < facts.highest(sent.key()))
                    .map(facts::withoutRecord);
        }
    },
    /** The last record of a key is polled by nobody, though it was acknowledged. */
    HIDE("unseen") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.acknowledged, random, sent -> sent.offset() == facts.highest(sent.key()))
                    .map(facts::withoutRecord);
        }
    },
    /** A value comes once more at the end of its key. */
    DOUBLE("duplicate") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.polls, random, poll -> !poll.records().isEmpty())
                    .map(poll -> facts.inPoll(poll, records -> {
                        Seen seen = records.get(random.nextInt(records.size()));
                        records.add(new Seen(facts.highest(poll.key()) + 10, seen.value()));
                    }));
        }
    },
    /** One poll gives another value than was acknowledged. */
    OVERWRITE("inconsistent-offset") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(
                            facts.polls,
                            random,
                            poll -> facts.acknowledgedIn(poll).size() > 1)
                    .map(poll -> facts.inPoll(poll, records -> {
                        List<Seen> known = facts.acknowledgedIn(poll);
                        Seen seen = known.get(random.nextInt(known.size()));
                        records.set(records.indexOf(seen), new Seen(seen.offset(), 1_000_000));
                    }));
        }
    },
    /** Two sends of one process change their places, for all who see them. */
    REORDER("reordered") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(
                            facts.acknowledged,
                            random,
                            late -> facts.earlier(late, true, random).isPresent())
                    .flatMap(late -> facts.earlier(late, true, random).map(early -> facts.swapped(early, late)));
        }
    },
    /** Two sends, one after the other, change their places, for all who see them. */
    SWAP("realtime-order") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(
                            facts.acknowledged,
                            random,
                            late -> facts.earlier(late, false, random).isPresent())
                    .flatMap(late -> facts.earlier(late, false, random).map(early -> facts.swapped(early, late)));
        }
    },
    /** One poll leaves out a record between others. */
    SKIP("poll-skip") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.polls, random, poll -> facts.hasInnerAcknowledged(poll))
                    .map(poll -> facts.inPoll(poll, records -> records.remove(facts.innerAcknowledged(poll, random))));
        }
    },
    /** One poll leaves out its first record, though the poll before was right below it. */
    SKIP_BETWEEN("poll-skip") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(
                            facts.polls,
                            random,
                            poll -> poll.before().isPresent()
                                    && poll.records().size() > 1
                                    && facts.isAcknowledged(
                                            poll.key(), poll.records().get(0)))
                    .map(poll -> facts.inPoll(poll, records -> records.remove(0)));
        }
    },
    /** Two records of one poll change their places. */
    BACK("nonmonotonic-poll") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.polls, random, poll -> poll.records().size() > 1)
                    .map(poll -> facts.inPoll(poll, records -> {
                        int place = random.nextInt(records.size() - 1);
                        records.add(place, records.remove(place + 1));
                    }));
        }
    },
    /** One poll begins with the last record of the poll before. */
    BACK_BETWEEN("nonmonotonic-poll") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.polls, random, poll -> poll.before().isPresent())
                    .map(poll -> facts.inPoll(
                            poll, records -> records.add(0, poll.before().orElseThrow())));
        }
    },
    /** The send of a polled record is said to have failed. */
    ABORT("aborted-read") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.acknowledged, random, sent -> facts.isPolled(sent))
                    .map(sent -> facts.mapOps(op -> op.index() == sent.ended() ? facts.withType(op, OpType.FAIL) : op));
        }
    },
    /** A record that was polled is in no poll that begins later. */
    VANISH("vanished") {
        @Override
        Optional<History> apply(LogFacts facts, Random random) {
            return facts.pick(facts.polls, random, poll -> facts.hasInnerPolledBefore(poll))
                    .map(poll -> facts.vanished(poll, random));
        }
    };

    final String checker;

    LogMutation(String checker) {
        this.checker = checker;
    }

    /** The broken history; empty if this one cannot be broken so. */
    abstract Optional<History> apply(LogFacts facts, Random random);
}
