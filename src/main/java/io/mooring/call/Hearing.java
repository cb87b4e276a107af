package io.mooring.call;

/** What we play to a leg. */
public sealed interface Hearing {

    /** The music that this node plays to everybody. */
    record NodeMusic() implements Hearing {}

    /**
     * A tenant's own music.
     *
     * @param tenant whose
     * @param music which
     */
    record TenantMusic(String tenant, SoundVersion music) implements Hearing {}

    /**
     * Where the call will be parked, spoken.
     *
     * @param tenant whose prompts
     * @param place the place that is held
     */
    record Announcement(String tenant, String place) implements Hearing {}

    /**
     * That nobody takes the call, said once.
     *
     * @param tenant whose prompts
     */
    record Farewell(String tenant) implements Hearing {}

    /**
     * Why a request is refused, said once.
     *
     * @param tenant whose prompts
     * @param refusal one that is {@link Refusal#isSpoken}
     */
    record Refused(String tenant, Refusal refusal) implements Hearing {}

    /**
     * That a PIN is to be entered.
     *
     * @param tenant whose prompts
     * @param again true when the one before was wrong
     */
    record PinPrompt(String tenant, boolean again) implements Hearing {}

    /**
     * What a leg of a call shall hear now: a parker who listens to us the place, a parked party whom nobody takes that it is so, who is
     * asked for a PIN that, everybody else the music of the call.
     */
    static Hearing of(Call call, Leg leg) {
        if (leg.role == Role.ANNOUNCEMENT && !call.place.isEmpty()) {
            return new Announcement(call.tenant, call.place);
        }
        if (leg.role == Role.ASKED) {
            Refusal refusal = call.pinEntry.refusal();
            return refusal == null
                    ? new PinPrompt(call.tenant, call.pinEntry.wrong() > 0)
                    : new Refused(call.tenant, refusal);
        }
        if (leg.role == Role.PARKED && call.leaving) {
            return new Farewell(call.tenant);
        }
        return call.terms.music().isNone() ? new NodeMusic() : new TenantMusic(call.tenant, call.terms.music());
    }
}
