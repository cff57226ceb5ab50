package io.oarlog.chaos.nemesis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * All faults of a run, drawn from its seed: the same seed, time, size and kinds give the same plan, whatever the machine can do.
 *
 * <p>The last seconds are calm, for it shows only then whether everything heals: 40, or a quarter of the time if that is less.
 *
 * <p>Every kind has its turn before one comes again. In a quarter of the turns a second fault of another kind begins while the
 * first lasts. Between turns nothing is broken for some seconds, so that what has to heal can.
 *
 * @param millis how long the workload runs
 * @param kinds that it was drawn from, in their order
 * @param victim the node whose files are damaged: one for the whole run, so that the others have the bytes
 * @param faults by their begin
 */
public record Plan(long seed, int nodes, long millis, List<FaultKind> kinds, int victim, List<PlannedFault> faults) {
    private static final int FIRST_AFTER_MILLIS = 5_000;
    private static final long CALM_MILLIS = 40_000;
    private static final int QUIET_MILLIS = 6_000;
    private static final int LASTS_MILLIS = 4_000;
    /** More, in a quarter of those that leave a majority: writes must go on, and that shows only after a while. */
    private static final int LONG_MILLIS = 24_000;

    private static final List<Role> ROLES = List.of(Role.values());

    public Plan {
        kinds = List.copyOf(kinds);
        faults = List.copyOf(faults);
    }

    /** Draws one. */
    public static Plan draw(long seed, int nodes, Duration time, List<FaultKind> kinds) {
        Random random = new Random(seed);
        int victim = 1 + random.nextInt(nodes);
        long last = time.toMillis() - Math.min(CALM_MILLIS, time.toMillis() / 4);
        List<PlannedFault> faults = new ArrayList<>();
        List<FaultKind> turn = new ArrayList<>();
        long at = FIRST_AFTER_MILLIS;
        while (!kinds.isEmpty()) {
            if (turn.isEmpty()) {
                turn.addAll(kinds);
                Collections.shuffle(turn, random);
            }
            PlannedFault fault = draw(turn.remove(turn.size() - 1), at, random);
            long end = fault.atMillis() + fault.lastsMillis();
            if (random.nextInt(4) == 0 && !turn.isEmpty()) {
                PlannedFault second =
                        draw(turn.remove(turn.size() - 1), at + 1 + random.nextInt((int) fault.lastsMillis()), random);
                end = Math.max(end, second.atMillis() + second.lastsMillis());
                faults.add(second);
            }
            if (end > last) {
                break;
            }
            faults.add(fault);
            at = end + QUIET_MILLIS + random.nextInt(QUIET_MILLIS);
        }
        faults.removeIf(fault -> fault.atMillis() + fault.lastsMillis() > last);
        faults.sort(Comparator.comparingLong(PlannedFault::atMillis));
        return new Plan(seed, nodes, time.toMillis(), kinds, victim, faults);
    }

    private static PlannedFault draw(FaultKind kind, long at, Random random) {
        long lasts = LASTS_MILLIS + random.nextLong(2L * LASTS_MILLIS);
        boolean isLong = random.nextInt(4) == 0;
        if (kind.isOfMinority() && isLong) {
            lasts += LONG_MILLIS;
        }
        Role role = ROLES.get(random.nextInt(ROLES.size()));
        int drawn = random.nextInt(8);
        Moment moment = drawn == 0 ? Moment.ELECTION : drawn == 1 ? Moment.REBALANCE : Moment.ANYTIME;
        return new PlannedFault(at, lasts, kind, role, moment, random.nextLong());
    }
}
