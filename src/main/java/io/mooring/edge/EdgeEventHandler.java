package io.mooring.edge;

import java.util.List;

/** Decides what an edge shall do about an event. Called on a Vert.x virtual thread: it may wait. */
@FunctionalInterface
public interface EdgeEventHandler {

    /**
     * Handles one event. An event may come twice, late, or at another node; the same event gets the same actions.
     *
     * @param event what happened
     * @return the actions, in order; empty when the answer comes with a later event
     * @throws UnavailableException when another node may do better: the edge is answered 503 and tries the next
     * @throws Exception anything else is logged as an error and answered 503 too
     */
    List<EdgeAction> handle(EdgeEvent event) throws Exception;
}
