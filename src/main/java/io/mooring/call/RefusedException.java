package io.mooring.call;

/** A request of a phone that is refused; nothing has been changed. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Refusal refusal;
    private final String takenBy;

    public RefusedException(Refusal refusal) {
        this(refusal, "");
    }

    /** @param takenBy extension of who has the call instead; empty: nobody, or one who is not to be named */
    public RefusedException(Refusal refusal, String takenBy) {
        super(refusal.text(takenBy), null, false, false);
        this.refusal = refusal;
        this.takenBy = takenBy;
    }

    public Refusal refusal() {
        return refusal;
    }

    public String takenBy() {
        return takenBy;
    }
}
