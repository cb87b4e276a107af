package io.mooring.watch;

import io.mooring.call.Directory;
import io.mooring.call.Watch;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds subscriptions whose device is perhaps no longer who it was: its extension was deleted, or has other credentials, or the whole
 * tenant is another one that has the same domain.
 */
public final class Strangers {
    private final Directory directory;

    public Strangers(Directory directory) {
        this.directory = directory;
    }

    /**
     * Which of some subscriptions must not be told anything more, by id.
     *
     * @param watches of one tenant
     */
    public Map<String, Notifies.End> among(String tenant, Collection<Watch> watches) {
        if (watches.isEmpty()) {
            return Map.of();
        }
        Map<String, String> credentials = directory.credentials(tenant,
                watches.stream().map(watch -> watch.user).toList());
        var strangers = new HashMap<String, Notifies.End>();
        for (Watch watch : watches) {
            String now = credentials.get(watch.user);
            if (now == null) {
                strangers.put(watch.id, Notifies.End.REJECTED);
            } else if (!now.equals(watch.credentials)) {
                strangers.put(watch.id, Notifies.End.DEACTIVATED);
            }
        }
        return strangers;
    }
}
