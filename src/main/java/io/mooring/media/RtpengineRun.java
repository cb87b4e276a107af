package io.mooring.media;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells one run of rtpengine from the next: one that has started anew plays nothing any more.
 *
 * <p>Each run has an id of its own, which it writes into an SDP when it is asked to find loops by it. That takes a session; so it is asked
 * only how long it runs (whole seconds, 0.4 ms), and for its id when that does not fit what it has said before. Not for several threads.
 */
public final class RtpengineRun {
    private static final Pattern ID = Pattern.compile("(?m)^a=rtpengine:(\\S+)\\s*$");
    /** Below that, a run that has started anew could seem to be the one before it. */
    private static final long YOUNG_SECONDS = 5;
    /** Both times are whole seconds. */
    private static final double SLACK_SECONDS = 2;

    private final NgClient ng;
    private String id = "";
    private long upSeconds;
    private long askedNanos;

    public RtpengineRun(NgClient ng) {
        this.ng = ng;
    }

    /**
     * The id of the run that answers now. Waits, on a virtual thread.
     *
     * @throws MediaUnavailableException when none does
     */
    public String id() {
        String known = id;
        id = "";
        long nowNanos = System.nanoTime();
        long up = upSeconds();
        double elapsed = (nowNanos - askedNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        boolean goesOn = !known.isEmpty() && upSeconds >= YOUNG_SECONDS && up >= upSeconds
                && up + SLACK_SECONDS >= upSeconds + elapsed;
        String found = goesOn ? known : askId();
        id = found;
        upSeconds = up;
        askedNanos = nowNanos;
        return found;
    }

    private long upSeconds() {
        JsonObject statistics = ng.submit(new JsonObject().put("command", "statistics"))
                .await()
                .getJsonObject("statistics", new JsonObject());
        Object up = statistics.getJsonObject("totalstatistics", new JsonObject()).getValue("uptime");
        try {
            return Long.parseLong(String.valueOf(up));
        } catch (NumberFormatException e) {
            throw new MediaUnavailableException("rtpengine does not say how long it runs", e);
        }
    }

    private String askId() {
        String session = MediaSessions.newId();
        try {
            String sdp = ng.submit(MediaSessions.command("offer", session)
                    .put("from-tag", MediaSessions.MUSIC)
                    .put("sdp", MediaSessions.anyMusicSdp())
                    .put("ICE", "remove")
                    .put("flags", new JsonArray().add("loop-protect"))).await().getString("sdp", "");
            Matcher found = ID.matcher(sdp);
            if (!found.find()) {
                throw new MediaUnavailableException("rtpengine does not say which run it is");
            }
            return found.group(1);
        } finally {
            ng.submit(MediaSessions.command("delete", session).put("delete delay", 0));
        }
    }
}
