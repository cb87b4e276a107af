package io.mooring.call;

/**
 * Every reason for which we say no: one name, one SIP status, one text. The text stands in the Reason header that a
 * phone may show [RFC 3326] and in the sipfrag of a failed transfer [RFC 3515].
 */
public enum Refusal {
    MALFORMED(400, "request not understood"),
    NOT_A_PARK_CODE(403, "this code cannot be the target of a transfer"),
    NOT_ALLOWED(403, "not allowed"),
    PARKING_OFF(403, "your policy does not allow you to park"),
    MODE_NOT_ALLOWED(403, "your policy does not allow you to park this way"),
    NO_PARK_GROUP(403, "you are in no park group"),
    RETRIEVAL_NOT_ALLOWED(403, "the call is not yours to retrieve", true),
    ORBIT_NOT_DIALLED(403, "this orbit cannot be dialled by itself", true),
    PIN_REQUIRED(403, "the call needs a PIN", true),
    WRONG_PIN(403, "the PIN is wrong", true),
    TOO_MANY_PINS(403, "the PIN was wrong too often, try again later", true),
    EARLY_DIALOG(403, "the call is not answered yet"),
    UNKNOWN_EXTENSION(404, "no such extension", true),
    ORBIT_OUT_OF_RANGE(404, "no orbit of yours has this number"),
    UNKNOWN_CODE(404, "no such feature code", true),
    NOTHING_PARKED(404, "nothing is parked there", true),
    RETRIEVED_BY_OTHER(404, "the call was retrieved already", true),
    CALLER_GONE(404, "the parked party hung up", true),
    NOT_SUPPORTED_HERE(405, "not possible in this call"),
    PARTY_TIMEOUT(504, "the other party did not answer"),
    BAD_EXTENSION(420, "extension not supported"),
    PARTY_DID_NOT_ANSWER(480, "the parked party could not be connected, try again"),
    UNKNOWN_DIALOG(481, "no such call"),
    MERGED(482, "another call has this Call-ID"),
    PLACE_TAKEN(486, "another call is parked there"),
    RANGE_FULL(486, "all orbits are taken"),
    NOBODY_AVAILABLE(486, "no member of your park group is available"),
    TOO_MANY_PARKED(486, "too many calls are parked"),
    NOT_PICKED_UP(480, "nobody picked the call up", true),
    HUNG_UP(480, "the call was ended"),
    BEING_RETRIEVED(486, "somebody is retrieving the call", true),
    GONE(487, "the other party has hung up"),
    CANCELLED(487, "cancelled"),
    BODY_NOT_ACCEPTED(406, "no body that you accept tells of parked calls"),
    INTERVAL_TOO_BRIEF(423, "subscribe for a minute at least"),
    TOO_MANY_WATCH(503, "the tenant has as many subscriptions as it may have"),
    UNKNOWN_EVENT(489, "no such event package"),
    NO_COMMON_MEDIA(488, "no common audio codec"),
    IN_PROGRESS(491, "another request is in progress"),
    OUT_OF_ORDER(500, "request out of order"),
    STATE_UNAVAILABLE(503, "the call state cannot be reached, try again"),
    MEDIA_UNAVAILABLE(503, "the media server cannot be reached, try again");

    private final int status;
    private final String text;
    private final boolean spoken;

    Refusal(int status, String text) {
        this(status, text, false);
    }

    Refusal(int status, String text, boolean spoken) {
        this.status = status;
        this.text = text;
        this.spoken = spoken;
    }

    /** The SIP status. */
    public int status() {
        return status;
    }

    /** What a person may read. */
    public String text() {
        return text;
    }

    /** The same, with who has the call instead; empty: nobody is named. */
    public String text(String takenBy) {
        return takenBy.isEmpty() ? text : text + " (" + takenBy + ")";
    }

    /**
     * True when there is a prompt of this name: who wants to retrieve hears it where the policy says so, and a parked party whom nobody
     * takes before it is hung up.
     */
    public boolean isSpoken() {
        return spoken;
    }

    /** The name in logs, metrics and HTTP problems: {@code nothing-parked}. */
    public String slug() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
