package io.mooring.http;

import io.mooring.config.HostPort;

/** A server cannot listen where it was told to. */
public final class ListenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ListenException(String setting, HostPort address, Throwable cause) {
        super(setting + ": cannot listen on " + address + " (" + cause.getMessage() + ")", cause);
    }
}
