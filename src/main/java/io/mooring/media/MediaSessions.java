package io.mooring.media;

import io.mooring.call.Hearing;
import io.mooring.sip.Sdp;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a call needs of rtpengine. A session joins two tags: two legs, or one leg and {@value #MUSIC}.
 *
 * <p>A session's id is used once and never again: an offer for an id that was deleted a moment ago crashes rtpengine
 * 10.5. All methods wait, on a Vert.x virtual thread, and throw {@link MediaUnavailableException}.
 */
public final class MediaSessions {
    /** The tag of the side that plays music. */
    public static final String MUSIC = "music";

    /** Between the random part of an id and the owner of a call. */
    private static final String ASKING = "-asks-";

    /** Digits [RFC 4733], when the other side has not said how it numbers them. */
    private static final String EVENTS = "101 telephone-event/8000";

    private static final Logger LOG = LoggerFactory.getLogger(MediaSessions.class);

    private static final long FIRST_RETRY_MILLIS = 2_000;
    private static final long LAST_RETRY_MILLIS = 64_000;

    /** A side that has a port keeps it, although the other side has moved: we do not always tell it of a new one. */
    private static final String SAME_PORT = "port-latching";

    /** What we offer to a device that we know nothing of, cheapest for us first. */
    private static final List<String> MUSIC_CODECS = List.of("PCMA", "PCMU", "G722", "OPUS");

    private final NgClient ng;
    private final Player player;

    public MediaSessions(NgClient ng, Player player) {
        this.ng = ng;
        this.player = player;
    }

    /** A new id for a session. */
    public static String newId() {
        byte[] bytes = new byte[9];
        ThreadLocalRandom.current().nextBytes(bytes);
        return "mooring-" + HexFormat.of().formatHex(bytes);
    }

    /** The same for one whose digits are waited for: what rtpengine tells of them bears the owner of the call. */
    public static String newAskingId(String owner) {
        return newId() + ASKING + owner;
    }

    /** The owner in such an id; empty: nobody waits for the digits of this session. */
    public static Optional<String> askingOwner(String session) {
        int found = session.indexOf(ASKING);
        return found < 0 ? Optional.empty() : Optional.of(session.substring(found + ASKING.length()));
    }

    /** Opens a session that will play music to a leg; gives the SDP to offer to that leg. */
    public String offerMusic(String session) {
        return described(ng.submit(command("offer", session)
                .put("from-tag", MUSIC)
                .put("sdp", musicSdp(MUSIC_CODECS, EVENTS))
                .put("ICE", "remove")));
    }

    /** Gets ready what will be played; does not wait. */
    public void prepare(Hearing hearing) {
        player.fetch(hearing);
    }

    /** Takes the leg's answer to {@link #offerMusic} and starts the music. */
    public void startMusic(String session, String leg, String answer, Hearing hearing) {
        ng.submit(command("answer", session)
                .put("from-tag", MUSIC)
                .put("to-tag", leg)
                .put("sdp", answer)
                .put("ICE", "remove"))
                .await();
        play(session, leg, hearing);
    }

    /** Opens a session for a leg that made the offer; gives the SDP of our answer. The music plays already. */
    public String answerWithMusic(String session, String leg, String offer, Hearing hearing) {
        String answer = answer(session, leg, offer);
        play(session, leg, hearing);
        return answer;
    }

    /** The same without music yet. */
    public String answer(String session, String leg, String offer) {
        ng.submit(command("offer", session).put("from-tag", leg).put("sdp", offer).put("ICE", "remove"))
                .await();
        List<String> common = Sdp.parse(offer)
                .audioCodecs()
                .stream()
                .filter(MUSIC_CODECS::contains)
                .limit(1)
                .toList();
        return described(ng.submit(command("answer", session)
                .put("from-tag", leg)
                .put("to-tag", MUSIC)
                .put("sdp",
                        musicSdp(common.isEmpty() ? MUSIC_CODECS : common,
                                Sdp.parse(offer).eventFormat(common).orElse(EVENTS)))
                .put("ICE", "remove")));
    }

    /**
     * What a device hears that is told something and has not been answered yet.
     *
     * @param sdp our answer to its offer
     * @param millis how long the words take
     */
    public record Spoken(String sdp, long millis) {}

    /**
     * Opens a session for a leg that made an offer, and says something to it once.
     *
     * @return empty when there is nothing to be heard; the session is not open then
     */
    public Optional<Spoken> say(String session, String leg, String offer, Hearing hearing) {
        long millis = lengthOf(hearing);
        if (millis == 0) {
            return Optional.empty();
        }
        String answer = answer(session, leg, offer);
        player.prepare(hearing).await().ifPresent(words -> player.say(session, leg, words));
        return Optional.of(new Spoken(answer, millis));
    }

    /** True when a device that offers this can hear us. */
    public static boolean canAnswer(String offer) {
        Sdp sdp = Sdp.parse(offer);
        return sdp.hasAudio() && sdp.audioCodecs().stream().anyMatch(MUSIC_CODECS::contains);
    }

    /** Stops the music of a leg; does not wait. When it does not stop, it ends with the session. */
    public void stopMusic(String session, String leg) {
        ng.submit(command("stop media", session).put("from-tag", leg))
                .onFailure(failure -> LOG.atWarn()
                        .addKeyValue("media", session)
                        .log("The music did not stop: {}", failure.getMessage()));
    }

    /** Waits for a tenant's sound, lest it begins when the leg hears somebody else already. */
    private void play(String session, String leg, Hearing hearing) {
        player.play(session, leg, player.prepare(hearing).await()).await();
    }

    /** Plays to a leg that nobody else will talk to in this session; does not wait. */
    public void playSoon(String session, String leg, Hearing hearing) {
        if (hearing instanceof Hearing.Farewell || hearing instanceof Hearing.Refused) {
            player.prepare(hearing)
                    .onSuccess(prepared -> prepared.ifPresent(said -> player.say(session, leg, said)));
        } else {
            player.prepare(hearing).onSuccess(prepared -> player.play(session, leg, prepared));
        }
    }

    /**
     * Plays to a leg once more what it heard before rtpengine has started anew.
     *
     * @throws SessionGoneException when rtpengine knows nothing of the session
     */
    public void playAgain(String session, String leg, Hearing hearing) {
        player.playAgain(session, leg, player.prepare(hearing).await(), times(hearing)).await();
    }

    private static int times(Hearing hearing) {
        return hearing instanceof Hearing.Farewell || hearing instanceof Hearing.Refused ? 1 : Player.REPEAT;
    }

    /** True when rtpengine knows the session. */
    public boolean isOpen(String session) {
        try {
            ng.submit(command("query", session)).await();
            return true;
        } catch (SessionGoneException e) {
            return false;
        }
    }

    /** How long it takes to play something once, in milliseconds; 0: it cannot be played. Waits for a second at the most. */
    public long lengthOf(Hearing hearing) {
        return player.length(hearing).await();
    }

    /**
     * Passes an offer from one leg to another; gives the SDP for the other leg.
     *
     * @param peerCodecs what the other leg is known to speak; transcoding is asked for when none of it is offered
     */
    public String offer(String session, String fromLeg, String sdp, List<String> peerCodecs) {
        return described(ng.submit(offerCommand(session, fromLeg, sdp, peerCodecs)));
    }

    /**
     * The same to a leg that is in the session already: its port at rtpengine stays the same, although it hears somebody else.
     * Unless it was lost meanwhile; the SDP tells.
     */
    public String offerAtSamePort(
            String session, String fromLeg, String toLeg, String sdp, List<String> peerCodecs) {
        return described(ng.submit(offerCommand(session, fromLeg, sdp, peerCodecs)
                .put("to-tag", toLeg)
                .put("flags", new JsonArray().add(SAME_PORT))));
    }

    /** rtpengine says that all is well, and describes nothing, when it finds no media in what it was given. */
    private static String described(Future<JsonObject> done) {
        String sdp = done.await().getString("sdp");
        if (sdp == null) {
            throw new MediaUnavailableException("rtpengine found no media in the description");
        }
        return sdp;
    }

    private static JsonObject offerCommand(String session, String fromLeg, String sdp, List<String> peerCodecs) {
        JsonObject command = command("offer", session)
                .put("from-tag", fromLeg)
                .put("sdp", sdp)
                .put("ICE", "remove");
        List<String> offered = Sdp.parse(sdp).audioCodecs();
        if (!peerCodecs.isEmpty() && offered.stream().noneMatch(peerCodecs::contains)) {
            command.put("codec", new JsonObject().put("transcode", new JsonArray(ngNames(peerCodecs))));
        }
        return command;
    }

    /** Codecs that we can turn into one another. */
    public static List<String> transcodes() {
        return MUSIC_CODECS;
    }

    /** Passes the answer back; gives the SDP for the leg that made the offer. */
    public String answer(String session, String offerer, String answerer, String sdp) {
        return described(ng.submit(command("answer", session)
                .put("from-tag", offerer)
                .put("to-tag", answerer)
                .put("sdp", sdp)
                .put("flags", new JsonArray().add(SAME_PORT))
                .put("ICE", "remove")));
    }

    /**
     * Ends a session; does not wait. One that is gone already is no error. When rtpengine does not answer it is asked again: one that
     * only stood still has the offer in its socket, and will open the session yet.
     */
    public Future<Void> delete(String session) {
        return delete(session, FIRST_RETRY_MILLIS);
    }

    /** The same after a while. */
    public Future<Void> deleteAfter(long millis, String session) {
        return millis == 0 ? delete(session) : ng.pause(millis).compose(ignored -> delete(session));
    }

    private Future<Void> delete(String session, long retryMillis) {
        return ng.submit(command("delete", session).put("delete delay", 0))
                .<Void>mapEmpty()
                .recover(failure -> retryMillis > LAST_RETRY_MILLIS
                        ? Future.failedFuture(failure)
                        : ng.pause(retryMillis).compose(ignored -> delete(session, 2 * retryMillis)))
                .onFailure(failure -> LOG.atDebug()
                        .addKeyValue("media", session)
                        .log("Session not deleted: {}", failure.getMessage()));
    }

    static JsonObject command(String name, String session) {
        return new JsonObject().put("command", name).put("call-id", session);
    }

    /** What describes no device in particular. */
    static String anyMusicSdp() {
        return musicSdp(MUSIC_CODECS, EVENTS);
    }

    private static List<String> ngNames(List<String> codecs) {
        return codecs.stream().map(c -> c.equals("OPUS") ? "opus" : c).toList();
    }

    /** Port 9 (discard): nobody listens to what the music hears. */
    private static String musicSdp(List<String> codecs, String events) {
        var types = new StringBuilder();
        var maps = new StringBuilder();
        for (String codec : codecs) {
            String type = switch (codec) {
                case "PCMU" -> "0";
                case "PCMA" -> "8";
                case "G722" -> "9";
                default -> events.startsWith("96 ") ? "97" : "96";
            };
            types.append(' ').append(type);
            maps.append("a=rtpmap:")
                    .append(type)
                    .append(codec.equals("OPUS") ? " opus/48000/2" : " " + codec + "/8000")
                    .append("\r\n");
        }
        String id = Long.toUnsignedString(
                ThreadLocalRandom.current().nextLong() >>> 16);
        return "v=0\r\no=mooring " + id
                + " 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP"
                + types + " " + events.substring(0, events.indexOf(' ')) + "\r\n" + maps
                + "a=rtpmap:" + events + "\r\na=fmtp:" + events.substring(0, events.indexOf(' '))
                + " 0-15\r\na=sendrecv\r\na=ptime:20\r\n";
    }
}
