package io.mooring.lab;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;

/** How a phone takes a re-INVITE (or an UPDATE with an offer): the status to answer, or {@link #NOTHING}. */
public final class Reinvites {

    /** Not a word, not even 100. */
    public static final int NOTHING = 0;

    private Reinvites() {}

    public static ToIntFunction<SipMessage> answer() {
        return message -> 200;
    }

    public static ToIntFunction<SipMessage> refuse(int status) {
        return message -> status;
    }

    /** Refuses the first so many, answers the others. */
    public static ToIntFunction<SipMessage> refuseFirst(int times, int status) {
        var left = new AtomicInteger(times);
        return message -> left.getAndDecrement() > 0 ? status : 200;
    }

    public static ToIntFunction<SipMessage> ignore() {
        return message -> NOTHING;
    }
}
