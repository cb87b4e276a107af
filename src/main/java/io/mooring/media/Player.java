package io.mooring.media;

import io.mooring.call.Hearing;
import io.mooring.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plays to legs what they shall hear. Whatever stands in the way of a tenant's sound, the leg hears the music of the node instead:
 * that is counted and logged, and no call fails for it.
 */
public final class Player {
    private static final Logger LOG = LoggerFactory.getLogger(Player.class);

    /** A sound is made into a file once, some ten milliseconds for a minute of it. Nobody waits longer in silence. */
    private static final long READY_MILLIS = 1_000;

    /** Practically for ever: a parked call ends long before. */
    static final int REPEAT = 100_000;

    /** A-law, 8,000 samples a second: what a source makes of a sound. */
    private static final int BYTES_A_MILLI = 8;

    private final Vertx vertx;
    private final NgClient ng;
    private final String musicFile;
    private final AudioSource source;
    private final Optional<NgBlobs> blobs;
    private final Metrics metrics;

    /**
     * @param musicFile the music of the node, as rtpengine names it
     * @param source of everything else
     * @param blobs how files are sent to an rtpengine that cannot read them; empty: it reads the directory of the source
     */
    public Player(Vertx vertx, NgClient ng, String musicFile, AudioSource source, Optional<NgBlobs> blobs,
            Metrics metrics) {
        this.vertx = vertx;
        this.ng = ng;
        this.musicFile = musicFile;
        this.source = source;
        this.blobs = blobs;
        this.metrics = metrics;
    }

    /** Has a sound made ready that will be played soon; does not wait. */
    void fetch(Hearing hearing) {
        if (!(hearing instanceof Hearing.NodeMusic)) {
            source.file(hearing);
        }
    }

    /** The file that will be played; never fails, and takes {@value #READY_MILLIS} ms at most. Empty: the music of the node. */
    Future<Optional<Path>> prepare(Hearing hearing) {
        if (hearing instanceof Hearing.NodeMusic) {
            return Future.succeededFuture(Optional.empty());
        }
        return source.file(hearing)
                .timeout(READY_MILLIS, TimeUnit.MILLISECONDS)
                .map(Optional::of)
                .otherwise(failure -> {
                    fallBack(failure instanceof TimeoutException ? "late" : "unavailable", failure);
                    return Optional.empty();
                });
    }

    /** How long it takes to play a sound once, in milliseconds; 0: it cannot be played. Never fails. */
    Future<Long> length(Hearing hearing) {
        return prepare(hearing)
                .compose(prepared -> prepared
                        .map(file -> vertx.fileSystem().props(file.toString()).map(it -> it.size() / BYTES_A_MILLI))
                        .orElse(Future.succeededFuture(0L)))
                .otherwise(0L);
    }

    /** Plays what was prepared to a leg that hears music, once; never fails. Should it not play, the music goes on. */
    void say(String session, String leg, Path prepared) {
        Future<?> said = blobs.isPresent()
                ? vertx.fileSystem()
                        .readFile(prepared.toString())
                        .compose(audio -> blobs.get().play(session, leg, audio, 1))
                : playFile(session, leg, prepared.toString(), 1);
        said.onFailure(failure -> notStarted(session, failure));
    }

    /**
     * Plays what was prepared, again and again; never fails.
     *
     * @return completes when nothing of it can come later than what is ordered next
     */
    Future<Void> play(String session, String leg, Optional<Path> prepared) {
        if (prepared.isEmpty()) {
            playMusic(session, leg);
            return Future.succeededFuture();
        }
        if (blobs.isPresent()) {
            return vertx.fileSystem()
                    .readFile(prepared.get().toString())
                    .compose(audio -> blobs.get().play(session, leg, audio, REPEAT))
                    .otherwise(failure -> {
                        playMusicInstead(session, leg, failure);
                        return null;
                    });
        }
        playFile(session, leg, prepared.get().toString())
                .onFailure(failure -> playMusicInstead(session, leg, failure));
        return Future.succeededFuture();
    }

    /**
     * Plays to a leg of a session that rtpengine has kept, but not what it played there; a tenant's sound that it does not take is
     * replaced by the music of the node.
     *
     * @return fails with {@link MediaUnavailableException}, {@link SessionGoneException} among them, when nothing is played
     */
    Future<Void> playAgain(String session, String leg, Optional<Path> prepared, int times) {
        if (prepared.isEmpty()) {
            return playFile(session, leg, musicFile).mapEmpty();
        }
        String file = prepared.get().toString();
        Future<Void> own = blobs.isPresent()
                ? vertx.fileSystem()
                        .readFile(file)
                        .compose(audio -> blobs.get().play(session, leg, audio, times))
                : playFile(session, leg, file, times).mapEmpty();
        return own.recover(failure -> {
            if (failure instanceof SessionGoneException) {
                return Future.failedFuture(failure);
            }
            fallBack("not-played", failure);
            return playFile(session, leg, musicFile).mapEmpty();
        });
    }

    private void playMusicInstead(String session, String leg, Throwable failure) {
        if (failure instanceof SessionGoneException) {
            notStarted(session, failure);
        } else {
            fallBack("not-played", failure);
            playMusic(session, leg);
        }
    }

    private void fallBack(String reason, Throwable failure) {
        metrics.soundFallback(reason);
        LOG.warn("A tenant's sound is not played, but the music of the node ({}): {}", reason, failure.toString());
    }

    /** Music that does not start is no reason to give a call up: it is logged, the call is safe. */
    private void playMusic(String session, String leg) {
        playFile(session, leg, musicFile).onFailure(failure -> notStarted(session, failure));
    }

    private static void notStarted(String session, Throwable failure) {
        LOG.atWarn().addKeyValue("media", session).log("The music did not start: {}", failure.getMessage());
    }

    private Future<JsonObject> playFile(String session, String leg, String file) {
        return playFile(session, leg, file, REPEAT);
    }

    private Future<JsonObject> playFile(String session, String leg, String file, int times) {
        return ng.submit(MediaSessions.command("play media", session)
                .put("from-tag", leg)
                .put("file", file)
                .put("repeat-times", times));
    }
}
