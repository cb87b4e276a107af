package io.mooring.media;

/** rtpengine knows nothing of a session: it was deleted, or rtpengine has started anew without it. */
public final class SessionGoneException extends MediaUnavailableException {
    private static final long serialVersionUID = 1L;

    public SessionGoneException(String message) {
        super(message);
    }
}
