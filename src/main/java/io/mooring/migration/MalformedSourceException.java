package io.mooring.migration;

import java.util.List;

/** A source that cannot be read: nothing of it is taken. */
public final class MalformedSourceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Mistake> mistakes;

    /**
     * A mistake.
     *
     * @param pointer JSON pointer [RFC 6901]; empty in a source that is no JSON
     * @param detail what is allowed; begins with the line in a source that is no JSON
     */
    public record Mistake(String pointer, String detail) {}

    /** @param mistakes not empty */
    public MalformedSourceException(List<Mistake> mistakes) {
        super(mistakes.getFirst().detail(), null, false, false);
        this.mistakes = List.copyOf(mistakes);
    }

    /** All that is wrong. */
    public List<Mistake> mistakes() {
        return mistakes;
    }
}
