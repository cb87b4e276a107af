package io.mooring.call;

/** What a leg is in its call at this moment. */
public enum Role {
    /** The one who parks: still there until the transfer is done. */
    PARKER,
    /** The one who waits. */
    PARKED,
    /** The one who picks up. */
    RETRIEVER,
    /** The parker who dialled the code and listens to us before completing an attended transfer. */
    ANNOUNCEMENT,
    /** Who wants to retrieve a call and is asked for its PIN. */
    ASKED,
    /** A phone that we ring because a joined party transferred the call there. */
    TARGET,
    /** A phone that we ring, or that has answered, because nobody picked the call up. */
    RECALL,
    /** A device that is shown what is parked: in no call at all. */
    WATCHER
}
