package io.mooring.call;

import org.jspecify.annotations.Nullable;

/**
 * What has come of asking a retriever for the PIN of a parked call. It belongs to a call of its own, with the retriever as its only leg,
 * until the PIN is right: the parked call knows nothing of who only tries.
 *
 * @param call id of the parked call within the tenant; empty: nobody is asked for a PIN
 * @param ticket of the parked call, {@link Call#ticket}: it is that one, parked this time, or none
 * @param place of the parked call, that wrong PINs are counted for
 * @param entered digits so far
 * @param means how they come; what comes in another way is a copy
 * @param wrong PINs that were wrong
 * @param right true when the PIN was right, and the parked call is to be claimed
 * @param refusal what the retriever is told before it is hung up; {@code null}: it is not
 */
public record PinEntry(String call, String ticket, String place, String entered, Means means, int wrong, boolean right,
        @Nullable Refusal refusal) {
    /** Nobody is asked. */
    public static final PinEntry NONE = new PinEntry("", "", "", "", Means.NONE, 0, false, null);

    /** Tries in one call. */
    public static final int ATTEMPTS = 3;

    /** How digits come. A phone may send each twice, in two ways. */
    public enum Means {
        /** None has come. */
        NONE,
        /** In the media [RFC 4733]. */
        MEDIA,
        /** By INFO. */
        INFO
    }

    /** Asks for the PIN of a parked call. */
    public static PinEntry of(Call parked) {
        return new PinEntry(parked.id, parked.ticket(), parked.place, "", Means.NONE, 0, false, null);
    }

    /** True while digits are waited for. */
    public boolean isOpen() {
        return !call.isEmpty() && !right && refusal == null;
    }

    /** True when digits that come this way are the ones. */
    public boolean takes(Means way) {
        return means == Means.NONE || means == way;
    }

    /** One more digit; {@code *} begins anew. What is too long for any PIN stays too long. */
    public PinEntry with(char key, Means way) {
        String now = key == '*' ? "" : entered.length() > 10 ? entered : entered + key;
        return new PinEntry(call, ticket, place, now, way, wrong, right, refusal);
    }

    /** The PIN was wrong: the next one. */
    public PinEntry again() {
        return new PinEntry(call, ticket, place, "", means, wrong + 1, right, refusal);
    }

    /** The PIN was right. What it was is forgotten. */
    public PinEntry rightly() {
        return new PinEntry(call, ticket, place, "", means, wrong, true, null);
    }

    /** It gets nothing. */
    public PinEntry refused(Refusal why) {
        return new PinEntry(call, ticket, place, "", means, wrong, false, why);
    }

    /** What was entered is in no log. */
    @Override
    public String toString() {
        return "PIN of " + call;
    }
}
