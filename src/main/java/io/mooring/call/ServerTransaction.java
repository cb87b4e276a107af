package io.mooring.call;

import java.util.List;

/**
 * A request of a device that waits for our answer, with all that the answer needs at any node.
 *
 * @param method its method
 * @param cseq its CSeq number
 * @param transaction {@code index:label} at the edge
 * @param control the edge that holds it
 * @param vias Via values, topmost first: a 2xx is repeated by ourselves until the ACK [RFC 3261 13.3.1.4]
 * @param recordRoutes Record-Route values
 * @param from From value as it came
 * @param to To value as it came
 * @param source {@code transport:address:port} it came from
 */
public record ServerTransaction(
        String method,
        long cseq,
        String transaction,
        String control,
        List<String> vias,
        List<String> recordRoutes,
        String from,
        String to,
        String source) {}
