package io.mooring.sound;

import io.mooring.call.Hearing;
import io.mooring.call.Refusal;
import io.mooring.call.SoundVersion;
import io.mooring.loop.ClientLoop;
import io.mooring.media.AudioSource;
import io.mooring.store.ConfigStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The music and announcements of tenants as files. A file is made the first time that it is needed, by a worker thread, out of what
 * is in the store; its name is made of the SHA-256 of its parts. Music is one part, an announcement a word and the digits behind it.
 */
public final class Sounds implements AudioSource, AutoCloseable {
    /** Another number, other names: files that an earlier version made in another way are not taken for ours. */
    private static final String FORMAT = "1";
    private static final long MOST_BYTES = 1L << 30;
    /** Between two times that an announcement is said. */
    private static final int PAUSE_MILLIS = 2_000;
    /** After what is said once: the last word shall not be cut off. */
    private static final int END_MILLIS = 200;

    private final Vertx vertx;
    private final ConfigStore store;
    private final SoundFiles files;
    private final boolean temporary;
    private final Prompts prompts = new Prompts(Prompts.LANGUAGE);
    private final ClientLoop loop;
    /** Files that are being made: who needs the same one waits for it. Used on the loop only. */
    private final Map<String, Future<Path>> inTheMaking = new HashMap<>();

    /** @param directory where the files are; empty: in one that is deleted in the end. Either is made when it is needed */
    public Sounds(Vertx vertx, ConfigStore store, Optional<Path> directory, Clock clock) {
        this.vertx = vertx;
        this.loop = new ClientLoop(vertx);
        this.store = store;
        this.temporary = directory.isEmpty();
        this.files = new SoundFiles(
                directory
                        .orElseGet(() -> Path.of(System.getProperty("java.io.tmpdir"), "mooring-" + UUID.randomUUID())),
                MOST_BYTES, clock);
    }

    /** Nothing is played any more. */
    @Override
    public void close() {
        if (temporary) {
            files.delete();
        }
    }

    /** A part of a file: its hash, and how to get it. */
    private record Part(String sha256, Supplier<Future<byte[]>> audio) {}

    @Override
    public Future<Path> file(Hearing hearing) {
        return loop.run(() -> switch (hearing) {
            case Hearing.TenantMusic(String tenant, SoundVersion music) -> file(List.of(part(tenant, music)), 0);
            case Hearing.Announcement(String tenant, String place) ->
                announcement(tenant, Prompts.of(place), PAUSE_MILLIS);
            case Hearing.Farewell(String tenant) -> announcement(tenant, List.of(Refusal.NOT_PICKED_UP.slug()), 0);
            case Hearing.Refused(String tenant, Refusal refusal) ->
                announcement(tenant, List.of(refusal.slug()), END_MILLIS);
            case Hearing.PinPrompt(String tenant, boolean again) ->
                announcement(tenant, Prompts.forPin(again), PAUSE_MILLIS);
            case Hearing.NodeMusic _ -> Future.failedFuture(new IllegalArgumentException("the node's music is a file"));
        });
    }

    private Future<Path> announcement(String tenant, List<String> names, int pauseMillis) {
        List<String> ids = names.stream().map(name -> Prompts.PREFIX + name).distinct().toList();
        return store.sounds(tenant, ids).compose(own -> {
            List<Part> parts = names.stream()
                    .map(name -> Optional.ofNullable(own.get(Prompts.PREFIX + name))
                            .map(sound -> part(tenant, sound))
                            .orElseGet(() -> ours(name)))
                    .toList();
            return loop.run(() -> file(parts, pauseMillis));
        });
    }

    private Part ours(String name) {
        byte[] word = prompts.word(name);
        return new Part(HexFormat.of().formatHex(sha256().digest(word)), () -> Future.succeededFuture(word));
    }

    private Part part(String tenant, SoundVersion sound) {
        return new Part(sound.sha256(), () -> store.audio(tenant, sound)
                .map(found -> found
                        .orElseThrow(() -> new NoSuchElementException("the sound was replaced or deleted"))
                        .getBytes()));
    }

    private Future<Path> file(List<Part> parts, int pauseMillis) {
        String name = name(parts, pauseMillis);
        Optional<Path> found = files.find(name);
        if (found.isPresent()) {
            return Future.succeededFuture(found.get());
        }
        Future<Path> making = inTheMaking.get(name);
        if (making == null) {
            making = loop.run(() -> make(name, parts, pauseMillis));
            inTheMaking.put(name, making);
            making.onComplete(done -> inTheMaking.remove(name));
        }
        return making;
    }

    private Future<Path> make(String name, List<Part> parts, int pauseMillis) {
        List<Future<byte[]>> loading = parts.stream().map(part -> part.audio.get()).toList();
        return Future.all(new ArrayList<>(loading))
                .compose(all -> vertx.executeBlocking(
                        () -> files.write(name, TelephoneAudio.of(all.list(), pauseMillis)), false));
    }

    private static String name(List<Part> parts, int pauseMillis) {
        if (parts.size() == 1 && pauseMillis == 0) {
            return parts.getFirst().sha256() + "-" + FORMAT;
        }
        MessageDigest digest = sha256();
        parts.forEach(part -> digest.update(part.sha256().getBytes(StandardCharsets.US_ASCII)));
        return HexFormat.of().formatHex(digest.digest()) + "-" + FORMAT + "-" + pauseMillis;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
