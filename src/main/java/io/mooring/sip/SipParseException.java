package io.mooring.sip;

/** Text that is not the SIP it should be; the message says what is wrong and bears no user data. Answered 400. */
public final class SipParseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SipParseException(String message) {
        super(message);
    }
}
