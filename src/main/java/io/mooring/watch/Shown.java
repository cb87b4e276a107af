package io.mooring.watch;

import io.mooring.call.Call;
import io.mooring.call.Places;
import io.mooring.call.Role;
import io.mooring.call.Standing;
import io.mooring.dialog.Privacy;
import io.mooring.retrieve.Entitlement;
import io.mooring.sip.NameAddr;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A parked call as one watcher may see it.
 *
 * @param call its id
 * @param dial what retrieves it
 * @param party who waits; empty: the watcher sees that somebody does, and no more
 */
public record Shown(String call, String dial, Optional<NameAddr> party) {

    /**
     * Who may retrieve a call without a PIN sees who waits; the others see that the place is taken. Who does not want to be named is
     * named to nobody [RFC 3323].
     *
     * @param watcher extension that has subscribed
     * @param standing of the watcher; asked only when it matters
     * @param retrieveCode of the tenant
     */
    public static Shown of(Call call, String watcher, Supplier<Standing> standing, String retrieveCode) {
        boolean named = call.terms.callerShown()
                && !call.terms.pin().required()
                && Entitlement.isEntitled(call, watcher, standing);
        return new Shown(call.id, retrieveCode + Places.number(call.place),
                call.leg(Role.PARKED).filter(leg -> named).map(Privacy::shown));
    }
}
