package io.mooring.call;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What happens to a parked call next when nobody does anything, for those who look at it.
 *
 * @param action what happens
 * @param atMillis when, milliseconds since 1970 by the clock of the store
 * @param extensions whose phones ring, are reminded, or stop ringing; empty: nobody's, or it is not decided whose
 */
public record NextStep(Action action, long atMillis, List<String> extensions) {

    /** What can happen to it. */
    public enum Action {
        /** The parker's phone shows that it waits. */
        REMIND,
        /** Phones ring. */
        RING,
        /** They stop ringing. */
        STOP_RINGING,
        /** It ends. */
        HANG_UP;

        /** The name in the API: {@code stop-ringing}. */
        public String slug() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Takes its own copy. */
    public NextStep {
        extensions = List.copyOf(extensions);
    }

    /** The next step of a call; empty while somebody is being connected with it, or when nothing is due. */
    public static Optional<NextStep> of(Call call) {
        Stream<NextStep> steps = switch (call.state) {
            case PARKED -> Stream.of(
                    at(call, Call.REMINDER, Action.REMIND, List.of(call.parker)),
                    at(call, Call.RECALL, Action.RING, rungNext(call)),
                    at(call, Call.END, Action.HANG_UP, List.of()),
                    at(call, Call.FAREWELL, Action.HANG_UP, List.of())).flatMap(Optional::stream);
            case RECALLING -> ringingEnds(call).stream();
            default -> Stream.empty();
        };
        return steps.min(Comparator.comparingLong(NextStep::atMillis));
    }

    /** Extensions whose phones ring now, in the order in which they were called. */
    public static List<String> ringing(Call call) {
        return call.state != CallState.RECALLING
                ? List.of()
                : call.pending.values()
                        .stream()
                        .filter(Pending::isRecall)
                        .map(pending -> Optional.ofNullable(call.legById(pending.leg())))
                        .flatMap(Optional::stream)
                        .map(leg -> leg.user)
                        .distinct()
                        .toList();
    }

    private static Optional<NextStep> at(Call call, String timer, Action action, List<String> extensions) {
        return Optional.ofNullable(call.timers.get(timer)).map(due -> new NextStep(action, due, extensions));
    }

    /** Whose turn it is in a ring group that takes turns is decided when its stage begins. */
    private static List<String> rungNext(Call call) {
        RecallPlan plan = call.terms.recall();
        return call.recallStage < plan.stages().size() && !plan.rotatesAt(call.recallStage)
                ? plan.stages().get(call.recallStage).extensions()
                : List.of();
    }

    /** When the last phone stops. */
    private static Optional<NextStep> ringingEnds(Call call) {
        return call.pending.values()
                .stream()
                .filter(Pending::isRecall)
                .map(pending -> Optional.ofNullable(call.timers.get("pending:" + pending.key())))
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder())
                .map(due -> new NextStep(Action.STOP_RINGING, due, ringing(call)));
    }
}
