package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.mooring.call.ParkRequest;
import io.mooring.call.PlaceWish;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.edge.EdgeEvent;
import io.mooring.park.ParkFlow;
import io.mooring.sip.NameAddr;
import io.mooring.sip.Replaces;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipUri;
import io.mooring.store.CallStore;
import java.util.Optional;
import java.util.Set;

/** Which place a request wants that may be a park. */
final class ParkTargets {
    private final CallStore store;
    private final Directory directory;
    private final ParkFlow park;
    private final Availability availability;

    ParkTargets(CallStore store, Directory directory, ParkFlow park, Availability availability) {
        this.store = store;
        this.directory = directory;
        this.park = park;
        this.availability = availability;
    }

    /**
     * The park that somebody wants by dialling its code.
     *
     * @param control the edge that tells it
     * @throws RefusedException when it is not allowed
     */
    ParkRequest dialled(String tenant, String parker, Feature.Parking parking, String control) {
        return availability.registeredOnly(park.request(tenant, parker, parking), tenant, control);
    }

    /**
     * The place that a REFER wants to park at: by code, or by Replaces of the announcement leg that holds one.
     *
     * @return empty when the REFER leads to an ordinary number
     */
    Optional<ParkRequest> of(Call call, String parker, EdgeEvent event, SipMessage refer) {
        SipUri target = NameAddr.parse(refer.required("refer-to")).sipUri();
        String replaces = target.headers().get("replaces");
        if (replaces != null) {
            Optional<Call> reserved = reservation(call.tenant, Replaces.parse(replaces));
            if (reserved.isPresent()) {
                call.reservation = reserved.get().owner();
                return Optional.of(taking(reserved.get()));
            }
        }
        boolean ours = target.host().equals(call.tenant)
                || event.socket().contains(":" + target.host() + ":")
                || directory.isDomain(call.tenant, target.host());
        Feature feature = ours ? directory.feature(call.tenant, target.plainUser()) : new Feature.None();
        return switch (feature) {
            case Feature.Parking parking -> Optional.of(dialled(call.tenant, parker, parking, event.control()));
            case Feature.Retrieve _ -> throw new RefusedException(Refusal.NOT_A_PARK_CODE);
            case Feature.None _ -> {
                if (replaces != null && target.user().startsWith("leg-")) {
                    throw new RefusedException(Refusal.UNKNOWN_DIALOG);
                }
                yield Optional.empty();
            }
        };
    }

    /** The park that takes over the place of an announcement call, and what was decided for it. */
    static ParkRequest taking(Call reserved) {
        return new ParkRequest(reserved.parker, new PlaceWish.At(reserved.place), reserved.terms,
                Integer.MAX_VALUE, reserved.told);
    }

    /** The announcement call whose leg a Replaces names, of the same tenant. */
    Optional<Call> reservation(String tenant, Replaces replaces) {
        return store.dialogOwner(replaces.callId())
                .filter(owner -> owner.startsWith(tenant + "/"))
                .flatMap(store::load)
                .filter(call -> call.state == CallState.RESERVED && !call.place.isEmpty())
                .filter(call -> call.leg(Role.ANNOUNCEMENT)
                        .filter(leg -> leg.callId.equals(replaces.callId()))
                        .filter(leg -> Set.of(leg.localTag, leg.remoteTag)
                                .equals(Set.of(replaces.toTag(), replaces.fromTag())))
                        .isPresent());
    }
}
