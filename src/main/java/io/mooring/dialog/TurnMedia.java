package io.mooring.dialog;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.media.MediaSessions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a turn does with media sessions: those that it opens go when it comes to nothing, those that it closes stay until it is written. */
public final class TurnMedia {
    /** Somebody who claims the call may be moving its media yet, and does not know that it is over. */
    private static final long IN_USE_MILLIS = Turn.CLAIM_MILLIS;

    private final Call call;
    private final List<String> opened = new ArrayList<>();
    private final Map<String, String> replayed = new LinkedHashMap<>();
    private final Map<String, Leg> played = new LinkedHashMap<>();
    private final Set<String> closed = new LinkedHashSet<>();
    private boolean inUse;

    TurnMedia(Call call) {
        this.call = call;
    }

    /** A new media session that exists only if this turn is written. */
    public String open() {
        String session = MediaSessions.newId();
        opened.add(session);
        return session;
    }

    /** The same, in whose name rtpengine tells of digits: it names this call. */
    public String openAsking() {
        String session = MediaSessions.newAskingId(call.owner());
        opened.add(session);
        return session;
    }

    /** The music of a session that is older than this turn was started anew; it stops when the turn comes to nothing. */
    public void replayed(String session, Leg leg) {
        replayed.put(session, leg.id);
    }

    /** Plays to a leg what it shall hear, once this turn is written. */
    public void playOnceWritten(String session, Leg leg) {
        played.put(session, leg);
    }

    /** Ends a media session once this turn is written. */
    public void close(String session) {
        if (!session.isEmpty()) {
            closed.add(session);
        }
    }

    /** What this turn has opened is not needed after all. */
    public void closeOpened() {
        opened.forEach(this::close);
    }

    /** What is closed may be in use by somebody who does not know. */
    void markInUse() {
        inUse = true;
    }

    boolean isUntouched() {
        return replayed.isEmpty() && opened.isEmpty();
    }

    // --- what the one who runs the turn needs ----------------------------------------------------------------------

    public List<String> opened() {
        return opened;
    }

    /** Legs by the session whose music they were given. */
    public Map<String, String> replayed() {
        return replayed;
    }

    /** Legs by the session that shall play to them. */
    public Map<String, Leg> played() {
        return played;
    }

    public Set<String> closed() {
        return closed;
    }

    /** How long the closed sessions may be used yet, by somebody who does not know: rtpengine must not see them anew. */
    public long closeAfterMillis() {
        return inUse ? IN_USE_MILLIS : 0;
    }
}
