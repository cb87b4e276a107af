package io.mooring.store;

import java.util.List;

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
     */
    record ParkedCall(String id, String state, String place, String parker, long parkedAtMillis, String ticket) {}
}
