package io.mooring.call;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that happened to a call, for people and programs: what the history, the event stream and the figures are made of. When it
 * happened, the store says, with whose write it becomes true.
 *
 * @param type what happened
 * @param call id of the call within its tenant; empty: a refusal, which no call came of
 * @param place where the call is, or was until now; empty when only the store knows it yet, or there is none
 * @param parker extension of the parker
 * @param number user part of the parked party's address
 * @param name display name of the parked party; empty when it gave none
 * @param by extension of who did it; empty: nobody of the tenant
 * @param phones extensions that ring, of a recall
 * @param waitedMillis how long the party had been parked; 0 when that means nothing
 * @param reason name of the {@link Refusal} that led to it; empty when none did
 * @param withheld true when the parked party does not want to be named to others [RFC 3323]
 * @param byWithheld true when who did it does not want to be named to others
 */
public record CallEvent(Type type, String call, String place, String parker, String number, String name, String by,
        List<String> phones, long waitedMillis, String reason, boolean withheld, boolean byWithheld) {

    /** What happens to calls. */
    public enum Type {
        /** It waits at its place. */
        PARKED,
        /** The parker's phone shows that it still waits. */
        REMINDED,
        /** The park came to nothing, and the two talk on. */
        PARK_FAILED,
        /** Nobody has picked it up in time: phones ring. */
        RECALLING,
        /** They have rung in vain; it goes on waiting. */
        RECALL_MISSED,
        /** A phone rings because somebody asked for it. */
        OFFERED,
        /** It has rung in vain; the call goes on waiting. */
        OFFER_MISSED,
        /** Somebody whose phone rang has taken it. */
        RECALLED,
        /** Somebody has picked it up. */
        RETRIEVED,
        /** Who had picked it up is gone before the two could talk: it waits again. */
        RETURNED,
        /** The parked party has hung up, or vanished. */
        ABANDONED,
        /** Nobody took it until its hard end. */
        EXPIRED,
        /** The two who were joined have hung up. */
        ENDED,
        /** A park or a retrieve was refused. */
        REFUSED;

        /** The name in the API: {@code recall-missed}. */
        public String slug() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** The type with this name here. */
        public static Optional<Type> named(String name) {
            return List.of(values()).stream().filter(type -> type.name().equals(name)).findFirst();
        }

        /** The type with this name in the API. */
        public static Optional<Type> of(String slug) {
            return List.of(values()).stream().filter(type -> type.slug().equals(slug)).findFirst();
        }
    }

    /** A request of a user to park or to retrieve that was refused. */
    public static CallEvent refused(String user, String dialled, Refusal refusal) {
        return new CallEvent(Type.REFUSED, "", "", "", dialled, "", user, List.of(), 0, refusal.slug(), false, false);
    }

    /** A call before it was changed: what it became is told by the difference. */
    public static final class Before {
        private final CallState state;
        private final boolean written;
        private final String place;
        private final long parkedAtMillis;
        private final int recallStage;
        private final boolean offered;
        private final boolean reminded;
        private final Optional<Leg> parked;

        public Before(Call call) {
            this.state = call.state;
            this.written = call.epoch > 0;
            this.place = call.place;
            this.parkedAtMillis = call.parkedAtMillis;
            this.recallStage = call.recallStage;
            this.offered = !call.offeredTo.isEmpty();
            this.reminded = call.reminded;
            this.parked = call.leg(Role.PARKED);
        }

        /**
         * What has happened since.
         *
         * @param outcome how the call ended, if it did; else its state
         * @param reason why it ended; empty when it did not, or for no reason
         * @return empty when nobody wants to know
         */
        public Optional<CallEvent> until(Call call, CallState outcome, String reason, long nowMillis) {
            Leg party = parked.or(() -> call.leg(Role.PARKED)).orElse(null);
            boolean same = state == call.state && offered != call.offeredTo.isEmpty() && reminded == call.reminded;
            if (party == null || (written && same) || state == CallState.CLOSING) {
                return Optional.empty();
            }
            return type(call, outcome)
                    .map(type -> new CallEvent(type, call.id, call.place.isEmpty() ? place : call.place,
                            call.parker, party.number(), party.name(), by(type, call),
                            type == Type.RECALLING || type == Type.OFFERED ? rung(call) : List.of(),
                            type == Type.PARKED || parkedAtMillis == 0 ? 0 : Math.max(0, nowMillis - parkedAtMillis),
                            call.state.isOver() || call.state == CallState.CLOSING ? reason : "",
                            party.withheld,
                            call.retrieverWithheld && isByRetriever(type)));
        }

        private Optional<Type> type(Call call, CallState outcome) {
            return switch (call.state) {
                case PARKED -> parkedAgain(call);
                case RECALLING -> Optional.of(call.offeredTo.isEmpty() ? Type.RECALLING : Type.OFFERED);
                case RETRIEVED -> Optional.of(Type.RETRIEVED).filter(it -> !state.isJoined());
                case RECALLED -> Optional.of(offered ? Type.RETRIEVED : Type.RECALLED);
                case FAILED -> Optional.of(Type.PARK_FAILED);
                case RESERVED, CONNECTING -> Optional.empty();
                case CLOSING, ABANDONED, EXPIRED, ENDED -> switch (outcome) {
                    case ABANDONED -> Optional.of(Type.ABANDONED);
                    case EXPIRED -> Optional.of(Type.EXPIRED);
                    default -> Optional.of(Type.ENDED);
                };
            };
        }

        private Optional<Type> parkedAgain(Call call) {
            if (!written || state == CallState.RESERVED) {
                return Optional.of(Type.PARKED);
            }
            if (offered) {
                return Optional.of(Type.OFFER_MISSED);
            }
            if (state == CallState.PARKED && call.reminded && !reminded) {
                return Optional.of(Type.REMINDED);
            }
            if (state == CallState.RECALLING || call.recallStage > recallStage) {
                return Optional.of(Type.RECALL_MISSED);
            }
            return Optional.of(Type.RETURNED).filter(it -> state.isJoined());
        }

        private static String by(Type type, Call call) {
            return switch (type) {
                case PARKED, PARK_FAILED -> call.parker;
                default -> isByRetriever(type) ? call.retriever : "";
            };
        }

        private static boolean isByRetriever(Type type) {
            return type == Type.RETRIEVED || type == Type.RECALLED;
        }

        private static List<String> rung(Call call) {
            return call.legs.values()
                    .stream()
                    .filter(leg -> leg.role == Role.RECALL)
                    .map(leg -> leg.user)
                    .distinct()
                    .toList();
        }
    }
}
