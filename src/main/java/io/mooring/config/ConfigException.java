package io.mooring.config;

import java.util.List;

/** The settings cannot be used. */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<String> mistakes;

    /** @param mistakes all that is wrong, one line each, each beginning with the name of the variable */
    public ConfigException(List<String> mistakes) {
        super(String.join("; ", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    /** All that is wrong, one line each. */
    public List<String> mistakes() {
        return mistakes;
    }
}
