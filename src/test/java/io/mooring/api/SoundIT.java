package io.mooring.api;

import static io.mooring.api.ApiUnderTest.WAV;
import static io.mooring.api.ApiUnderTest.etag;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Music and prompts of a tenant. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SoundIT {

    private static final String ACME = "/v1/tenants/acme.example";
    private static final String JAZZ = ACME + "/sounds/jazz";

    private final ApiUnderTest api = new ApiUnderTest();

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    private HttpResponse<String> put(String path, String audio, String... headers) {
        String[] all = new String[headers.length + 2];
        System.arraycopy(headers, 0, all, 2, headers.length);
        all[0] = "Content-Type";
        all[1] = "audio/wav";
        return api.send("PUT", path, audio, all);
    }

    private HttpResponse<String> put(String path, byte[] audio) {
        return api.send(api.request(ApiUnderTest.OPERATOR, "PUT", path, "")
                .setHeader("Content-Type", "audio/x-wav")
                .method("PUT", BodyPublishers.ofByteArray(audio)));
    }

    /** A tone of 16 bit samples, in which all bytes occur. */
    private static byte[] tone(int samples) {
        var file = ByteBuffer.allocate(44 + 2 * samples).order(ByteOrder.LITTLE_ENDIAN);
        file.put("RIFF".getBytes()).putInt(36 + 2 * samples).put("WAVEfmt ".getBytes()).putInt(16);
        file.putShort((short) 1).putShort((short) 1).putInt(8_000).putInt(16_000).putShort((short) 2);
        file.putShort((short) 16).put("data".getBytes()).putInt(2 * samples);
        for (int i = 0; i < samples; i++) {
            file.putShort((short) (12_000 * Math.sin(i * 0.21)));
        }
        return file.array();
    }

    @Test
    void aSoundFromTheFirstStepToTheLast() throws IOException, InterruptedException {
        byte[] tone = tone(200_000);
        assertThat(put(JAZZ + "?dryRun=true", WAV).statusCode()).isEqualTo(201);
        problem(api.send("GET", JAZZ, ""), 404, "unknown-sound");
        assertThat(api.jedis.keys("*sound*")).isEmpty();

        var created = put(JAZZ, WAV);
        assertThat(created.statusCode()).isEqualTo(201);
        var again = put(JAZZ, WAV);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(etag(again)).as("nothing was changed").isEqualTo(etag(created));
        assertThat(put(JAZZ, tone).statusCode()).isEqualTo(200);
        problem(put(JAZZ, WAV, "If-Match", etag(created)), 412, "precondition-failed");

        var sound = api.get(JAZZ);
        assertThat(sound.path("encoding").asText()).isEqualTo("pcm16");
        assertThat(sound.path("durationMillis").asInt()).isEqualTo(25_000);
        assertThat(sound.path("bytes").asInt()).isEqualTo(tone.length);
        assertThat(api.get(ACME + "/sounds").path("items").path(0)).isEqualTo(sound);
        try (var http = HttpClient.newHttpClient()) {
            var audio = http.send(api.request(ApiUnderTest.OPERATOR, "GET", JAZZ + "/audio", "").build(),
                    BodyHandlers.ofByteArray());
            assertThat(audio.body()).isEqualTo(tone);
            assertThat(audio.headers().firstValue("content-type")).contains("audio/wav");
            assertThat(audio.headers().firstValue("cache-control")).contains("no-store");
        }
        assertThat(api.jedis.keys("{cfg}:tenant:acme.example:sound:*")).as("the first one is gone")
                .hasSize(1)
                .allMatch(key -> api.jedis.ttl(key) == -1);

        api.must("DELETE", JAZZ, "");
        assertThat(api.jedis.keys("{cfg}:tenant:acme.example:sound:*")).isEmpty();
        assertThat(api.get(ACME + "/audit?limit=3").path("items").findValuesAsText("operation"))
                .containsExactly("deleteSound", "putSound", "putSound");
    }

    @Test
    void theMusicOfATenantIsThereAndStays() {
        problem(api.send("PATCH", ACME, "{'music': 'jazz'}"), 400, "invalid-value", "/music");
        put(JAZZ, WAV);
        api.must("PATCH", ACME, "{'music': 'jazz'}");

        assertThat(problem(api.send("DELETE", JAZZ, ""), 409, "in-use").path("usedBy").toString())
                .isEqualTo("[\"" + ACME + "\"]");
        assertThat(put(JAZZ, tone(4_000)).statusCode()).isEqualTo(200);
        assertThat(api.get(ACME + "/document").path("music").asText()).isEqualTo("jazz");
        api.must("PUT", ACME + "/document", api.get(ACME + "/document").toString());
        api.must("PATCH", ACME, "{'music': null}");
        api.must("DELETE", JAZZ, "");
    }

    @Test
    void aPolicyHasItsOwnMusicAndTheApiSaysWhoseIsHeard() {
        String policy = ACME + "/park-policies/boss";
        problem(api.send("PUT", policy, "{'name': 'Boss', 'music': 'blues'}"), 400, "invalid-value", "/music");
        put(JAZZ, WAV);
        put(ACME + "/sounds/blues", tone(4_000));
        api.must("PUT", policy, "{'name': 'Boss'}");
        api.must("PUT", ACME + "/extensions/101", "{}");
        String effective = ACME + "/extensions/101/effective-policy";
        api.must("PATCH", ACME, "{'defaultParkPolicy': 'boss'}");
        assertThat(api.get(effective).path("values").has("music")).isFalse();
        api.must("PATCH", ACME, "{'music': 'jazz'}");
        assertThat(api.get(effective).at("/values/music").toString())
                .isEqualTo("{\"value\":\"jazz\",\"from\":\"tenant\"}");
        api.must("PATCH", policy, "{'music': 'blues'}");
        assertThat(api.get(policy).path("music").asText()).isEqualTo("blues");
        assertThat(api.get(effective).at("/values/music").toString())
                .isEqualTo("{\"value\":\"blues\",\"from\":\"park-policies/boss\"}");
        assertThat(problem(api.send("DELETE", ACME + "/sounds/blues", ""), 409, "in-use").path("usedBy").toString())
                .isEqualTo("[\"" + policy + "\"]");
        api.must("PUT", ACME + "/document", api.get(ACME + "/document").toString());
        api.must("PATCH", policy, "{'music': null}");
        api.must("DELETE", ACME + "/sounds/blues", "");
    }

    @Test
    void soundsAreOfTheirTenantAndGoWithIt() {
        put(JAZZ, WAV);
        api.tenant("other.example");

        problem(api.send("GET", "/v1/tenants/other.example/sounds/jazz/audio", ""), 404, "unknown-sound");
        problem(api.send("PATCH", "/v1/tenants/other.example", "{'music': 'jazz'}"), 400, "invalid-value", "/music");
        api.must("DELETE", ACME, "");
        assertThat(api.jedis.keys("*sound*")).isEmpty();
    }

    @Test
    void thereIsAQuota() {
        api.must("PATCH", ACME, "{'quotas': {'soundMegabytes': 1}}");
        assertThat(put(ACME + "/sounds/a", tone(300_000)).statusCode()).isEqualTo(201);

        problem(put(ACME + "/sounds/b", tone(300_000)), 409, "quota-exceeded");
        assertThat(put(ACME + "/sounds/a", tone(400_000)).statusCode()).as("instead of itself").isEqualTo(200);
        assertThat(api.jedis.keys("{cfg}:tenant:acme.example:sound:*")).hasSize(1);
    }

    @Test
    void whatIsNoAudioIsRefusedWithAReason() {
        assertThat(problem(put(JAZZ, "PK\u0003\u0004 a document"), 400, "invalid-body").path("detail").asText())
                .isEqualTo("is no WAV file");
        assertThat(problem(put(JAZZ, WAV.substring(0, 2_000)), 400, "invalid-body").path("detail").asText())
                .startsWith("is cut off");
        problem(api.send("PUT", JAZZ, WAV, "Content-Type", "audio/mpeg"), 415, "unsupported-media-type");
        problem(put(JAZZ, new byte[2 * 1_024 * 1_024 + 1]), 413, "body-too-large");
        problem(api.send("GET", JAZZ, ""), 404, "unknown-sound");
    }
}
