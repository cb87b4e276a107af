package io.mooring.store;

import io.mooring.call.NextStep;
import java.util.List;
import java.util.Optional;

/** The parked calls of a tenant, for the API. */
@FunctionalInterface
public interface ParkedCalls {

    /**
     * Those that wait now, longest wait first. Waits; on a Vert.x virtual thread only.
     *
     * @param tenant SIP domain
     * @throws StoreUnavailableException when the store does not answer
     */
    List<ParkedCall> of(String tenant);

    /**
     * One parked call.
     *
     * @param id identity of the call within its tenant
     * @param state such as {@code PARKED}
     * @param place where it is parked, e.g. {@code ext:101}
     * @param parker extension of the parker
     * @param parkedAtMillis when it was parked, milliseconds since 1970
     * @param ticket what gets it as it is now, and no other
     * @param party who waits
     * @param ringing extensions whose phones ring for it now
     * @param next what happens to it when nobody does anything; empty: nothing that is known
     */
    record ParkedCall(String id, String state, String place, String parker, long parkedAtMillis, String ticket,
            Party party, List<String> ringing, Optional<NextStep> next) {}

    /**
     * Who waits.
     *
     * @param number user part of its address
     * @param name that it gave; empty: none
     * @param withheld true when it does not want to be named to others [RFC 3323]
     */
    record Party(String number, String name, boolean withheld) {}
}
