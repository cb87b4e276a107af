package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.SlowHttp;
import io.mooring.lab.Stack;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three nodes and an edge between which some requests come late, some twice, and some are not answered. */
class SlowHttpIT {
    private static final int NODES = 3;
    private static final int BAD_SECONDS = 8;

    private static final List<SlowHttp> TO_NODES = Stream.generate(SlowHttp::new).limit(NODES).toList();
    private static final SlowHttp TO_EDGE = new SlowHttp();

    private static Stack stack;

    @BeforeAll
    static void start() {
        stack = Stack.start(NODES, Map.of(
                "MOORING_NODES", TO_NODES.stream().map(SlowHttp::url).collect(Collectors.joining(",")),
                "MOORING_CONTROL_URL", TO_EDGE.url()));
        var nodes = stack.nodes();
        for (var i = 0; i < NODES; i++) {
            TO_NODES.get(i).relayTo(nodes.get(i).edge());
        }
        TO_EDGE.relayTo(stack.edgeControl());
    }

    @AfterAll
    static void stop() {
        try {
            stack.close();
        } finally {
            TO_NODES.forEach(SlowHttp::close);
            TO_EDGE.close();
        }
    }

    @Test
    void eventsThatComeLateOrTwice() throws Exception {
        harm("events", TO_NODES, 0.2);
    }

    @Test
    void actionsThatComeLateOrTwice() throws Exception {
        harm("actions", List.of(TO_EDGE), 0.6);
    }

    private static void harm(String what, List<SlowHttp> relays, double part) throws Exception {
        for (int round = 0; round < FaultRun.ROUNDS; round++) {
            FaultRun.assertNothingIsLostOrDoneTwice(stack, what + " come late, come twice, or are not answered", () -> {
                relays.forEach(relay -> relay.misbehave(part));
                TimeUnit.SECONDS.sleep(BAD_SECONDS);
                relays.forEach(relay -> relay.misbehave(0));
            });
            System.out.printf("%s: %s%n", what, relays);
            assertThat(relays).allMatch(relay -> relay.harmed() > 0);
        }
    }
}
