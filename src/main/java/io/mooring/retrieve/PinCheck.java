package io.mooring.retrieve;

import io.mooring.call.Call;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.store.PinTries;
import io.vertx.core.Vertx;

/** Whether somebody knows the PIN of a parked call: the one that was the policy's when the call was parked. */
public final class PinCheck {
    private final Vertx vertx;
    private final PinTries tries;

    public PinCheck(Vertx vertx, PinTries tries) {
        this.vertx = vertx;
        this.tries = tries;
    }

    /**
     * Passes when the call needs no PIN, or it is this one.
     *
     * @param pin empty: none was given
     * @throws RefusedException when it is not, or the PIN was wrong too often at this place
     */
    public void require(Call parked, String pin) {
        if (!parked.terms.pin().required()) {
            return;
        }
        if (pin.isEmpty()) {
            throw new RefusedException(Refusal.PIN_REQUIRED);
        }
        if (!tries.take(parked.tenant, parked.place)) {
            throw new RefusedException(Refusal.TOO_MANY_PINS);
        }
        // Not on the event loop, where everybody else would wait for it.
        boolean right = vertx.executeBlocking(() -> parked.terms.pin().matches(pin), false).await();
        if (!right) {
            throw new RefusedException(Refusal.WRONG_PIN);
        }
        tries.giveBack(parked.tenant, parked.place);
    }
}
