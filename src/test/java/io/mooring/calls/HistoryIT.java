package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What phones do is told to programs, as it happens and afterwards, by every node. */
@ExtendWith(StackExtension.class)
class HistoryIT {
    private final Stack stack;

    HistoryIT(Stack stack) {
        this.stack = stack;
    }

    private List<JsonNode> events(Scene scene, String query) {
        return StreamSupport.stream(stack.api()
                .get("/tenants/" + scene.tenant() + "/events?order=oldest-first" + query)
                .path("items")
                .spliterator(), false).toList();
    }

    @Test
    void theLifeOfAParkedCall() throws Exception {
        try (var scene = new Scene(stack, "udp")) {
            var other = stack.api(stack.nodes().getLast(), stack.operatorToken());
            var stream = other.follow(scene.tenant(), 15);
            var talk = scene.talk();
            scene.park(talk, "*59");
            assertThat(scene.phone("104").call("*8817").awaitFinalStatus(SOON)).isEqualTo(404);
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("102"), "*8810");
            scene.hangUp(retrieved.callerSide(), retrieved.calleeSide());

            Awaitility.await().atMost(SOON).until(() -> events(scene, "&type=ended").size() == 1);
            var all = events(scene, "");
            assertThat(all).extracting(it -> it.path("type").asText() + " " + it.path("by").asText())
                    .containsExactly("parked 101", "refused 104", "retrieved 102", "ended ");
            assertThat(all.getFirst().path("place").asText()).isEqualTo("orbit:10");
            assertThat(all.getFirst().path("number").asText()).isEqualTo("carol");
            assertThat(all.getFirst().path("name").asText()).isEqualTo("carol");
            assertThat(all.get(1).path("reason").asText()).isEqualTo("nothing-parked");
            assertThat(all.get(1).path("dialled").asText()).isEqualTo("*8817");
            long waited = all.get(2).path("atMillis").asLong() - all.getFirst().path("atMillis").asLong();
            assertThat(all.get(2).path("waitedMillis").asLong()).isBetween(waited - 500, waited + 500);
            assertThat(other.get("/tenants/" + scene.tenant() + "/parked-calls/" + all.getFirst().path("call").asText()
                    + "/events").path("items")).extracting(it -> it.path("type").asText())
                    .containsExactly("parked", "retrieved", "ended");
            assertThat(stream.get(30, TimeUnit.SECONDS).stream().filter(line -> line.startsWith("event: ")))
                    .containsExactly("event: parked", "event: refused", "event: retrieved", "event: ended");
        }
    }

    @Test
    void aCallerWhoGivesUp() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            Awaitility.await().atMost(SOON).until(() -> events(scene, "").size() == 2);
            var gone = events(scene, "").getLast();
            assertThat(gone.path("type").asText()).isEqualTo("abandoned");
            assertThat(gone.path("place").asText()).isEqualTo("ext:101");
            assertThat(gone.path("waitedMillis").asLong()).isPositive();
        }
    }
}
