package io.mooring.call;

import io.mooring.sip.SipParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a parked call as it was shown: who retrieves with it gets this call or a refusal, also when its place was given to another
 * one meanwhile (Lync: safe retrieve). Text is {@code <call>.<parking>}.
 *
 * @param call id of the call within its tenant
 * @param parking how often it had been parked
 */
public record ClaimTicket(String call, int parking) {
    /** What a phone carries it in, as it came in the NOTIFY or MESSAGE. */
    public static final String HEADER = "X-Mooring-Ticket";

    private static final Pattern TEXT = Pattern.compile("([0-9A-Za-z]{1,32})\\.([0-9]{1,9})");

    /** @throws SipParseException when it is none */
    public static ClaimTicket parse(String text) {
        Matcher found = TEXT.matcher(text);
        if (!found.matches()) {
            throw new SipParseException("no claim ticket");
        }
        return new ClaimTicket(found.group(1), Integer.parseInt(found.group(2)));
    }

    @Override
    public String toString() {
        return call + "." + parking;
    }
}
