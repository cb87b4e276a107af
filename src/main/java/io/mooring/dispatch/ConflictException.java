package io.mooring.dispatch;

/** Somebody else has written the call meanwhile: the turn is made again on its fresh state. */
final class ConflictException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConflictException() {
        super("the call was written by another turn", null, false, false);
    }
}
