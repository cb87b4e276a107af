package io.mooring.call;

import java.util.Collection;
import java.util.Set;

/** Who talks. */
@FunctionalInterface
public interface BusyUsers {
    /**
     * Which of some extensions talk in calls that we have joined; what edges proxy, they know themselves. May wait for the store.
     *
     * @param tenant SIP domain
     */
    Set<String> among(String tenant, Collection<String> extensions);
}
