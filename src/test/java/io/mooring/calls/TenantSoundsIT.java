package io.mooring.calls;

import static io.mooring.calls.Scene.AUDIBLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Call;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.audio.Music;
import io.mooring.lab.audio.Wav;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Parked parties hear the music of their tenant, and attended parkers the place, in the tenant's own words if it has some. */
@ExtendWith(StackExtension.class)
class TenantSoundsIT {

    private static final String FALLBACKS = "mooring_sound_fallbacks_total";

    @TempDir
    static Path directory;
    private static Path sounds;
    private static Stack stack;

    @BeforeAll
    static void start() {
        sounds = directory.resolve("sounds");
        stack = Stack.start(2, Map.of("MOORING_SOUND_DIR", sounds.toString()));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static byte[] tone(int hertz) {
        return Wav.tone(hertz, 3_000);
    }

    private static void giveMusic(Scene scene, int hertz) {
        stack.api().putSound(scene.tenant(), "jazz", tone(hertz));
        stack.api().patchTenant(scene.tenant(), "{\"music\": \"jazz\"}");
    }

    /** The caller is parked by REFER, and the parker is told so; what the caller hears is for the test to say. */
    private static Call park(Scene scene, String code) {
        var talk = scene.talk();
        assertThat(talk.calleeSide().refer(code).status()).isEqualTo(202);
        talk.calleeSide().await(io.mooring.lab.Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), Scene.SOON);
        talk.calleeSide().hangUp();
        return talk.callerSide();
    }

    private static long fallbacks() {
        return stack.sum(FALLBACKS).values().stream().mapToLong(Long::longValue).sum();
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(sounds)) {
            return files.toList();
        }
    }

    @Test
    void everyTenantHearsItsOwnMusic() {
        try (var one = new Scene(stack, "udp");
                var other = new Scene(stack, "udp");
                var none = new Scene(stack, "udp")) {
            giveMusic(one, 710);
            giveMusic(other, 930);
            var before = fallbacks();
            park(one, "*68").media().awaitTone(710, AUDIBLE);
            park(other, "*68").media().awaitTone(930, AUDIBLE);
            none.assertHearsMusic(park(none, "*68"));
            assertThat(fallbacks()).isEqualTo(before);
        }
    }

    @Test
    void aPolicyHasMusicOfItsOwn() {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 710);
            stack.api().putSound(scene.tenant(), "blues", tone(1_130));
            stack.api().putPolicy(scene.tenant(), "boss", "{\"name\": \"Boss\", \"music\": \"blues\"}");
            stack.api().grant(scene.tenant(), "101", "boss");
            park(scene, "*68").media().awaitTone(1_130, AUDIBLE);
            var values = stack.api().get("/tenants/" + scene.tenant() + "/extensions/101/effective-policy");
            assertThat(values.toString()).contains("{\"value\":\"blues\",\"from\":\"park-policies/boss\"}");
        }
    }

    @Test
    void aChangeIsForTheNextCall() {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 710);
            var parked = park(scene, "*59");
            parked.media().awaitTone(710, AUDIBLE);
            stack.api().putSound(scene.tenant(), "jazz", tone(1_130));
            park(scene, "*59").media().awaitTone(1_130, AUDIBLE);
            parked.media().awaitTone(710, AUDIBLE);
            assertThat(parked.hold().status()).isEqualTo(200);
            assertThat(parked.resume().status()).isEqualTo(200);
            parked.media().awaitTone(710, AUDIBLE);
        }
    }

    @Test
    void theSameMusicPlaysAfterRtpengineWasKilled() {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 710);
            var parked = park(scene, "*68");
            parked.media().awaitTone(710, AUDIBLE);
            stack.part("kill", "rtpengine");
            stack.part("start", "rtpengine");
            parked.media().awaitTone(710, AUDIBLE);
        }
    }

    /** Its caller is parked again with what is the music by then. */
    @Test
    void aCallThatIsParkedAgainHearsTheMusicOfThen() {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 710);
            var parked = park(scene, "*68");
            parked.media().awaitTone(710, AUDIBLE);
            var alice = scene.phone("102");
            var retrieved = alice.call("*88101").awaitAnswered();
            parked.media().awaitTone(alice.toneHertz(), AUDIBLE);
            stack.api().putSound(scene.tenant(), "jazz", tone(1_130));
            assertThat(retrieved.refer("*68").status()).isEqualTo(202);
            parked.media().awaitTone(1_130, AUDIBLE);
        }
    }

    @Test
    void aFileThatIsCutOffOrGoneIsMadeAnew() throws IOException {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 770);
            var before = fallbacks();
            park(scene, "*59").media().awaitTone(770, AUDIBLE);
            for (var file : files()) {
                Files.write(file, new byte[100]);
            }
            park(scene, "*59").media().awaitTone(770, AUDIBLE);
            for (var file : files()) {
                Files.delete(file);
            }
            park(scene, "*59").media().awaitTone(770, AUDIBLE);
            assertThat(fallbacks()).isEqualTo(before);
        }
    }

    @Test
    void theNodesMusicPlaysWhenRtpengineCannotReadTheFile() throws IOException {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 790);
            park(scene, "*59").media().awaitTone(790, AUDIBLE);
            var before = fallbacks();
            for (var file : files()) {
                // As long as it says, and no audio.
                var junk = ByteBuffer.allocate(5_000).order(ByteOrder.LITTLE_ENDIAN);
                Files.write(file, junk.put("RIFF".getBytes()).putInt(4_992).put("JUNK".getBytes()).array());
            }
            scene.assertHearsMusic(park(scene, "*59"));
            assertThat(fallbacks()).isEqualTo(before + 1);
            for (var file : files()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void theNodesMusicPlaysWhenTheAudioIsLost() {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 810);
            stack.keys("{cfg}:tenant:" + scene.tenant() + ":sound:*").forEach(key -> stack.redis().del(key));
            var before = fallbacks();
            scene.assertHearsMusic(park(scene, "*68"));
            assertThat(fallbacks()).isEqualTo(before + 1);
            assertThat(
                    stack.nodes().stream().map(node -> stack.logLines(node.name(), "A tenant's sound is not played")))
                    .anySatisfy(lines -> assertThat(lines).anyMatch(line -> line.contains("replaced or deleted")));
        }
    }

    private static Music spoken(String... names) throws IOException {
        var parts = Stream.of(names)
                .map(name -> {
                    try {
                        return Files.readAllBytes(Path.of("media/prompts/en", name + ".wav"));
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                })
                .toList();
        return music(parts);
    }

    private static Music music(List<byte[]> parts) throws IOException {
        return Music.of(Files.write(Files.createTempFile(directory, "expected", ".wav"), Wav.joined(parts, 2_000)));
    }

    @Test
    void anAttendedParkerIsToldThePlace() throws IOException {
        try (var scene = new Scene(stack, "udp")) {
            giveMusic(scene, 710);
            var talk = scene.talk();
            talk.calleeSide().hold();
            var announcement = talk.callee().call("*68").awaitAnswered();
            announcement.media().awaitMusic(spoken("parked-at", "1", "0", "1"), AUDIBLE);
            assertThat(talk.calleeSide().referTo("*68", announcement).reply().status()).isEqualTo(202);
            announcement.awaitEnded();
            talk.callerSide().media().awaitTone(710, AUDIBLE);
        }
    }

    @Test
    void theOrbitThatWasPickedIsSpoken() throws IOException {
        try (var scene = new Scene(stack, "udp")) {
            scene.phone("101").call("*59").awaitAnswered().media().awaitMusic(spoken("parked-at", "1", "0"), AUDIBLE);
            scene.phone("102").call("*59").awaitAnswered().media().awaitMusic(spoken("parked-at", "1", "1"), AUDIBLE);
        }
    }

    @Test
    void aTenantHasWordsOfItsOwn() throws IOException {
        try (var scene = new Scene(stack, "udp")) {
            var words = Map.of("parked-at", Wav.tone(500, 500), "0", Wav.tone(900, 500), "1", Wav.tone(700, 500));
            words.forEach((name, word) -> stack.api().putSound(scene.tenant(), "prompt-" + name, word));
            var heard = scene.phone("101")
                    .call("*68")
                    .awaitAnswered()
                    .media()
                    .awaitMusic(music(Stream.of("parked-at", "1", "0", "1").map(words::get).toList()), AUDIBLE);
            assertThat(heard.isMusic(music(Stream.of("parked-at", "0", "1", "0").map(words::get).toList()))).isFalse();
        }
    }
}
