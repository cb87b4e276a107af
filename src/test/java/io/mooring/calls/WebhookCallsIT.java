package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import io.mooring.lab.load.Percentiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Calls, and programs that are told of them: two nodes, of which any may send. */
class WebhookCallsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PARKS = 15;

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(2, Map.of("MOORING_WEBHOOK_PLAIN_HTTP", "yes", "MOORING_WEBHOOK_NETWORKS", "127.0.0.0/8"));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static void webhook(Scene scene, String id, int port) {
        var answer = stack.api()
                .send("PUT", "/tenants/" + scene.tenant() + "/webhooks/" + id,
                        "{\"url\": \"http://127.0.0.1:" + port + "/\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }

    private static HttpServer receiver(List<String> got) throws IOException {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            var body = JSON.readTree(exchange.getRequestBody());
            got.add(body.path("type").asText() + " " + body.at("/data/by").asText());
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void aProgramIsToldTheLifeOfACall() throws Exception {
        List<String> got = new CopyOnWriteArrayList<>();
        var server = receiver(got);
        try (var scene = new Scene(stack, "udp")) {
            webhook(scene, "crm", server.getAddress().getPort());
            var talk = scene.talk();
            scene.park(talk, "*59");
            assertThat(scene.phone("104").call("*8817").awaitFinalStatus(SOON)).isEqualTo(404);
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*8810");
            scene.hangUp(retrieved.callerSide(), retrieved.calleeSide());
            Awaitility.await()
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(got)
                            .containsExactlyInAnyOrder("parked 101", "refused 104", "retrieved 102", "ended "));
            assertThat(got).containsSubsequence("parked 101", "retrieved 102", "ended ");
        } finally {
            server.stop(0);
        }
    }

    /** All scenes are told of what happens now, once at least. */
    private static void assertTold(List<Scene> scenes, Set<String> got) {
        int before = got.size();
        scenes.forEach(scene -> assertThat(scene.phone("104").call("*8817").awaitFinalStatus(SOON)).isEqualTo(404));
        Awaitility.await()
                .atMost(SOON.multipliedBy(4))
                .untilAsserted(() -> assertThat(got).hasSize(before + scenes.size()));
    }

    @Test
    void anotherNodeSendsWhenTheOneThatDidIsKilled() throws Exception {
        Set<String> got = ConcurrentHashMap.newKeySet();
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            got.add(JSON.readTree(exchange.getRequestBody()).at("/data/id").asText());
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        var scenes = new ArrayList<Scene>();
        try {
            for (int i = 0; i < 4; i++) {
                scenes.add(new Scene(stack, "udp"));
                webhook(scenes.getLast(), "crm", server.getAddress().getPort());
            }
            assertTold(scenes, got);
            var sender = stack.counter("mooring_webhooks").entrySet().stream().max(Map.Entry.comparingByValue());
            assertThat(sender.orElseThrow().getValue()).isPositive();
            stack.part("kill", sender.get().getKey());
            assertTold(scenes, got);
            stack.part("start", sender.get().getKey());
            assertTold(scenes, got);
        } finally {
            scenes.forEach(Scene::close);
            server.stop(0);
        }
    }

    /** How long a park takes over the API, milliseconds; two have talked before, and the caller hangs up after it. */
    private static double park(Scene scene, TestPhone carol, TestPhone parker) {
        var talk = scene.talk(carol, parker);
        long began = System.nanoTime();
        var answer = stack.api()
                .send("POST", "/tenants/" + scene.tenant() + "/extensions/101/park", "{\"mode\": \"next-orbit\"}");
        double millis = (System.nanoTime() - began) / 1e6;
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        talk.calleeSide().awaitEnded();
        assertThat(talk.callerSide().bye().status()).isEqualTo(200);
        return millis;
    }

    /** In turns with a tenant that has none, so that both have the same machine. */
    @Test
    void aReceiverThatHangsSlowsNoParkAndIsToldAllLater() throws Exception {
        List<String> got = new CopyOnWriteArrayList<>();
        try (var scene = new Scene(stack, "udp");
                var plain = new Scene(stack, "udp");
                var hanging = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            var carol = scene.carol();
            var parker = scene.phone("101");
            var plainCarol = plain.carol();
            var plainParker = plain.phone("101");
            park(plain, plainCarol, plainParker);
            park(scene, carol, parker);
            webhook(scene, "hanging", hanging.getLocalPort());
            var with = new double[PARKS];
            var without = new double[PARKS];
            for (int i = 0; i < PARKS; i++) {
                without[i] = park(plain, plainCarol, plainParker);
                with[i] = park(scene, carol, parker);
            }
            var slowed = Percentiles.of(with);
            var free = Percentiles.of(without);
            System.out.println("parks without a webhook " + free + ", with a receiver that hangs " + slowed);
            assertThat(slowed.p50()).isLessThan(1.5 * free.p50() + 20);
            assertThat(slowed.p95()).isLessThan(2 * free.p95() + 100);

            var health = "/tenants/" + scene.tenant() + "/webhooks/hanging/health";
            Awaitility.await()
                    .atMost(SOON.multipliedBy(4))
                    .until(() -> stack.api().get(health).path("state").asText().equals("failing"));
            assertThat(stack.api().get(health).path("lastError").asText()).isEqualTo("timeout");
            assertThat(stack.api().get(health).path("waiting").asInt()).isEqualTo(2 * PARKS);
            var server = receiver(got);
            assertThat(stack.api()
                    .send("PATCH", "/tenants/" + scene.tenant() + "/webhooks/hanging",
                            "{\"url\": \"http://127.0.0.1:" + server.getAddress().getPort() + "/\"}")
                    .statusCode()).isEqualTo(200);
            Awaitility.await().atMost(SOON.multipliedBy(12)).until(() -> got.size() >= 2 * PARKS);
            assertThat(stack.api().get(health).path("deadLetters").asInt()).isZero();
            server.stop(0);
        }
    }
}
