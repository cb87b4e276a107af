package io.mooring.edge;

import io.vertx.core.json.JsonObject;

/** How an edge tells of calls that are up: {@code parties} are fields with blanks between, {@code -} for none. */
final class EdgeDialogs {
    private static final int FIELDS = 8;

    private EdgeDialogs() {}

    /** @throws UnavailableException when it is not understood */
    static ProxiedDialog read(String control, String callId, JsonObject told) {
        String[] parties = told.getString("parties", "").split(" ");
        try {
            if (parties.length < FIELDS) {
                throw new UnavailableException("the edge tells of a call in words that are not understood");
            }
            return new ProxiedDialog(control, callId, parties[0], optional(parties[1]), optional(parties[2]),
                    parties[3], parties[4], parties[5], parties[6], Long.parseLong(parties[7]),
                    told.getString("unsettled", "").equals("yes"), new Said(told.getString("invite", ""),
                            told.getString("answer", ""), told.getString("reinvite", ""),
                            told.getString("reanswer", "")));
        } catch (NumberFormatException | ClassCastException e) {
            throw new UnavailableException("the edge tells of a call in words that are not understood", e);
        }
    }

    private static String optional(String field) {
        return field.equals("-") ? "" : field;
    }
}
