package io.mooring.retrieve;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Hearing;
import io.mooring.call.Leg;
import io.mooring.call.PinEntry;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.ServerTransaction;
import io.mooring.dialog.Sip;
import io.mooring.dialog.Turn;
import io.mooring.media.MediaSessions;
import io.mooring.park.ParkFlow;
import io.mooring.sip.SipMessage;

/**
 * Asks a retriever for the PIN of a parked call. It is answered, hears that it is to enter the PIN, and enters it: in the media or by INFO,
 * ended by {@code #} or by the last digit. All of that is a call of its own ({@link PinEntry}); the parked call is claimed when the
 * PIN was right, and not before.
 */
public final class PinFlow {
    /** Since the last digit, or since it was asked. */
    private static final long WAIT_MILLIS = 20_000;
    /** A claim that its node has not made by then is made by another one. */
    private static final long CLAIM_MILLIS = 5_000;
    private static final long LONGEST_WORDS_MILLIS = 60_000;
    /** Between the last word and the end. */
    private static final long PAUSE_MILLIS = 500;

    private final MediaSessions media;
    private final ParkFlow park;
    private final PinCheck check;

    public PinFlow(MediaSessions media, ParkFlow park, PinCheck check) {
        this.media = media;
        this.park = park;
        this.check = check;
    }

    /** An INVITE to the retrieve code of a call that needs a PIN. */
    public void ask(Turn turn, Leg asked, ServerTransaction invite, SipMessage request, Call parked) {
        turn.call().pinEntry = PinEntry.of(parked);
        park.listen(turn, asked, invite, request);
        await(turn, asked, WAIT_MILLIS);
    }

    private static void await(Turn turn, Leg asked, long millis) {
        turn.call().timers.put(Call.PIN + asked.id, turn.nowMillis() + millis);
    }

    /**
     * A key of the phone.
     *
     * @param parked the call that it wants, as it is now
     */
    public void pressed(Turn turn, Leg asked, char key, PinEntry.Means means, Call parked) {
        Call call = turn.call();
        PinEntry entry = call.pinEntry;
        if (!entry.isOpen() || !entry.takes(means)) {
            return;
        }
        boolean ends = key == '#';
        if (!ends) {
            if (entry.entered().isEmpty()) {
                media.stopMusic(call.music, asked.id);
            }
            call.pinEntry = entry.with(key, means);
            await(turn, asked, WAIT_MILLIS);
        }
        String entered = call.pinEntry.entered();
        if (ends ? !entered.isEmpty() : entered.length() == parked.terms.pin().length()) {
            entered(turn, asked, parked);
        }
    }

    private void entered(Turn turn, Leg asked, Call parked) {
        Call call = turn.call();
        try {
            RetrieveFlow.requireShown(parked, call.pinEntry.ticket());
            check.require(parked, call.pinEntry.entered());
        } catch (RefusedException e) {
            boolean again = e.refusal() == Refusal.WRONG_PIN && call.pinEntry.wrong() + 1 < PinEntry.ATTEMPTS;
            if (again) {
                call.pinEntry = call.pinEntry.again();
                turn.media().playOnceWritten(call.music, asked);
                await(turn, asked, WAIT_MILLIS);
            } else {
                refuse(turn, asked, e.refusal());
            }
            return;
        }
        call.pinEntry = call.pinEntry.rightly();
        await(turn, asked, CLAIM_MILLIS);
    }

    /** It gets nothing: it is told why, and hung up when that was said. */
    public void refuse(Turn turn, Leg asked, Refusal refusal) {
        Call call = turn.call();
        call.pinEntry = call.pinEntry.refused(refusal);
        long millis = refusal.isSpoken() && !asked.remoteSdp.isEmpty()
                ? media.lengthOf(new Hearing.Refused(call.tenant, refusal))
                : 0;
        if (millis == 0) {
            hangUp(turn, refusal);
            return;
        }
        turn.media().playOnceWritten(call.music, asked);
        await(turn, asked, Math.min(millis, LONGEST_WORDS_MILLIS) + PAUSE_MILLIS);
    }

    private static void hangUp(Turn turn, Refusal refusal) {
        turn.end(CallState.ENDED, refusal, Sip.refusalHeaders(refusal));
    }

    /**
     * Nothing was entered any more, or the words are over, or the claim has not been made.
     *
     * @param parked the call that it wants, as it is now
     */
    public void due(Turn turn, Leg asked, Call parked) {
        PinEntry entry = turn.call().pinEntry;
        Refusal refusal = entry.refusal();
        if (refusal != null) {
            hangUp(turn, refusal);
        } else if (entry.right()) {
            await(turn, asked, CLAIM_MILLIS);
        } else if (entry.entered().isEmpty()) {
            refuse(turn, asked, Refusal.PIN_REQUIRED);
        } else {
            entered(turn, asked, parked);
        }
    }
}
