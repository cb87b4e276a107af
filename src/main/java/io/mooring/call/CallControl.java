package io.mooring.call;

import java.util.List;

/**
 * What others than phones may do with a call. All methods wait, on a Vert.x virtual thread; they throw {@link RefusedException}
 * when the call does not allow it now, or is not there.
 */
public interface CallControl {

    /**
     * Rings all phones of an extension, and gives the call to the first that answers. Until then the party hears its music; when none does, it
     * goes on waiting, and what was planned for it still holds.
     *
     * @param call id of a parked call of the tenant
     */
    void ring(String tenant, String call, RetrieveOrder order);

    /** The calls of an extension that are up, the oldest first. */
    List<OngoingCall> ongoing(String tenant, String extension);

    /**
     * Parks a call that is up, and waits until it is parked. When that comes to nothing, its parties go on talking. The phone of the parker is
     * hung up.
     */
    ParkedAt park(String tenant, ParkOrder order);

    /** Ends a parked call. */
    void hangUp(String tenant, String call);
}
