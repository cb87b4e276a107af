package io.mooring.migration;

/**
 * Something of a source that a tenant does not have as it was.
 *
 * @param at where it stands in the source: a JSON pointer [RFC 6901], or {@code line 12}
 * @param outcome what became of it
 * @param detail why, for a person
 */
public record Note(String at, Outcome outcome, String detail) {

    /** What became of it. */
    public enum Outcome {
        /** Taken over, with another value. */
        ADJUSTED("adjusted"),
        /** Left out. */
        NOT_CARRIED("not-carried");

        private final String text;

        Outcome(String text) {
            this.text = text;
        }

        /** As in JSON. */
        @Override
        public String toString() {
            return text;
        }
    }
}
