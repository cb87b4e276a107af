package io.mooring.config;

/**
 * A value that must not reach a log: its text form is masked.
 *
 * @param value the secret itself
 */
public record Secret(String value) {

    @Override
    public String toString() {
        return "***";
    }
}
