package io.mooring.admin;

/** Where a node is in its life. It only goes forward. */
public final class NodeState {

    /** The stations of a life. */
    public enum Phase {
        /** Not everything is deployed yet. */
        STARTING,
        /** Takes work. */
        RUNNING,
        /** Finishes what is in flight and takes nothing more. */
        DRAINING
    }

    private volatile Phase phase = Phase.STARTING;

    /** Everything is deployed. */
    public synchronized void started() {
        if (phase == Phase.STARTING) {
            phase = Phase.RUNNING;
        }
    }

    /** The process was told to stop. */
    public synchronized void draining() {
        phase = Phase.DRAINING;
    }

    /** Where it is now. */
    public Phase phase() {
        return phase;
    }
}
