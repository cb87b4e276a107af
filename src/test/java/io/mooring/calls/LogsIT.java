package io.mooring.calls;

import static io.mooring.calls.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One request is found in the logs of the edge and of the node that handled it, and one dialog by its trace. */
@ExtendWith(StackExtension.class)
class LogsIT {
    private static final Pattern EDGE_LINE = Pattern
            .compile("event correlation=(\\S+) callid=(\\S+) method=(\\S+) result=200 .* trace_id=(\\S+)");

    private final Stack stack;

    LogsIT(Stack stack) {
        this.stack = stack;
    }

    @Test
    void aDialogIsOneTraceAtTheEdgeAndAtEachNode() {
        try (var scene = new Scene(stack, "udp")) {
            var talk = scene.talk();
            var callId = talk.callerSide().callId();
            var parked = scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), parked, scene.phone("102"), "*88101");
            scene.hangUp(parked, retrieved.callerSide());

            Awaitility.await().atMost(SOON).untilAsserted(() -> {
                var nodes = nodes();
                var edge = edge().stream().filter(line -> line.get(1).equals(callId)).toList();
                assertThat(edge.stream().map(line -> line.get(2))).contains("REFER", "INVITE", "BYE");
                assertThat(edge).allSatisfy(line -> {
                    JsonNode event = nodes.get(line.get(0));
                    assertThat(event).isNotNull();
                    assertThat(line.get(3)).matches("[0-9a-f]{32}");
                    assertThat(event.path("trace_id").asText()).isEqualTo(line.get(3));
                    assertThat(event.path("span_id").asText()).matches("[0-9a-f]{16}");
                });
                assertThat(edge.stream().map(line -> line.get(3)).distinct()).hasSize(1);
                assertThat(edge.stream().map(line -> nodes.get(line.get(0)).path("span_id").asText()).distinct())
                        .hasSameSizeAs(edge);
            });
        }
    }

    /** Correlation, Call-ID, method and trace of each event. */
    private List<List<String>> edge() {
        var found = new ArrayList<List<String>>();
        for (var line : stack.logLines("kamailio", "event correlation=")) {
            var parts = EDGE_LINE.matcher(line);
            if (parts.find()) {
                found.add(List.of(parts.group(1), parts.group(2), parts.group(3), parts.group(4)));
            }
        }
        return found;
    }

    /** The nodes' lines by their correlation. */
    private Map<String, JsonNode> nodes() throws Exception {
        var json = new ObjectMapper();
        var found = new HashMap<String, JsonNode>();
        for (var node : stack.nodes()) {
            for (var line : stack.logLines(node.name(), "\"logger\":\"io.mooring.edge.event\"")) {
                var event = json.readTree(line);
                found.put(event.path("correlation").asText(), event);
            }
        }
        return found;
    }
}
