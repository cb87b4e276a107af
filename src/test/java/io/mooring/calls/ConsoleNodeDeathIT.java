package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The node that serves the console is killed while somebody looks. */
class ConsoleNodeDeathIT {

    /** A browser that is told of the broken connection at once, and tries again each few seconds. */
    private static final Duration BACK = Duration.ofSeconds(15);

    @Test
    void theBoardSaysThatItIsCutOffAndComesBackByItself() {
        try (var stack = Stack.start(2); var scene = new Scene(stack, "udp")) {
            var dying = stack.nodes().getFirst();
            var talk = scene.talk();
            scene.park(talk, "*68");
            try (var browser = new ConsoleBrowser(dying.api(), "en-US").expectRefusals()) {
                browser.signIn(stack.operatorToken()).choose(scene.tenant());
                browser.awaitRows(1);
                browser.awaitText(".status", "Live");
                stack.part("kill", dying.name());
                browser.awaitText(".status", "Reconnecting");
                browser.awaitText(".banner",
                        "The connection to the service is lost; reconnecting. What you see is from ");
                assertThat(browser.texts(".board tbody tr")).as("what was shown stays").hasSize(1);
                var second = scene.talk(scene.carol(), scene.phone("103"));
                scene.park(second, "*68");
                stack.part("start", dying.name());
                Awaitility.await().atMost(BACK).until(() -> browser.text(".status").equals("Live"));
                browser.awaitRows(2);
                assertThat(browser.isShown(".banner")).isFalse();
                assertThat(second.callerSide().bye().status()).isEqualTo(200);
                browser.awaitRows(1);
            }
        }
    }
}
