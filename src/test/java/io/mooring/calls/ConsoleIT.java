package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Match;
import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openqa.selenium.Keys;

/** People at the console, with real calls. */
@ExtendWith(StackExtension.class)
class ConsoleIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long A_SECOND_MILLIS = 1_000;

    private final Stack stack;

    ConsoleIT(Stack stack) {
        this.stack = stack;
    }

    private ConsoleBrowser browser(String language) {
        return new ConsoleBrowser(stack.nodes().getLast().api(), language);
    }

    private String token(Scene scene, String role) {
        String body = role.equals("tenant-user")
                ? "{\"role\": \"tenant-user\", \"extension\": \"102\"}"
                : "{\"role\": \"" + role + "\"}";
        return json(stack.api().send("POST", "/tenants/" + scene.tenant() + "/tokens", body).body()).path("token")
                .asText();
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private JsonNode parked(Scene scene) {
        return stack.api().get("/tenants/" + scene.tenant() + "/parked-calls").path("items");
    }

    private JsonNode lastEvent(Scene scene) {
        return stack.api().get("/tenants/" + scene.tenant() + "/events?limit=1").path("items").path(0);
    }

    private void awaitEvent(Scene scene, String type) {
        Awaitility.await()
                .atMost(Scene.SOON)
                .untilAsserted(() -> assertThat(lastEvent(scene).path("type").asText()).isEqualTo(type));
    }

    /** Chooses 102 as the administrator's own phone. */
    private static void choosePhone(ConsoleBrowser browser) {
        browser.find(".chip");
        browser.press("p");
        browser.type("dialog input", "102");
        browser.press(Keys.ENTER);
        browser.awaitText(".chip", "102");
    }

    @Test
    void aParkedCallAppearsWithinASecondAndOneClickRetrievesIt() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US")) {
            var alice = scene.phone("102");
            var talk = scene.talk();
            browser.signIn(stack.operatorToken()).choose(scene.tenant());
            browser.awaitText(".state", "No call is parked");
            browser.awaitText(".status", "Live");
            choosePhone(browser);
            browser.script("new MutationObserver(() => { if (document.querySelector('.board tbody tr')) "
                    + "window.seenAt ??= Date.now(); }).observe(document.querySelector('.board'), {childList: true, subtree: true})");
            scene.park(talk, "*59");
            browser.awaitRows(1);
            long parkedAt = lastEvent(scene).path("atMillis").asLong();
            long seenAt = ((Number) browser.script("return window.seenAt")).longValue();
            assertThat(seenAt - parkedAt).as("milliseconds until the call is on the board").isLessThan(A_SECOND_MILLIS);
            assertThat(browser.text(".board tbody tr")).contains("carol", "Orbit 10", "101", "Rings 101 in ");

            browser.click("[data-action=retrieve]");
            var ringing = alice.awaitCall(Scene.SOON);
            ringing.ring();
            browser.awaitText(".board tbody tr", "Rings 102, 0:");
            ringing.answer();
            new Scene.Talk(talk.caller(), talk.callerSide(), alice, ringing).assertBothHear();
            browser.awaitText(".state", "No call is parked");
            assertThat(browser.address()).doesNotContain(stack.operatorToken());
            assertThat(browser.script("return JSON.stringify(localStorage) + document.cookie").toString())
                    .as("the token is kept for the tab alone")
                    .doesNotContain(stack.operatorToken());
            scene.hangUp(ringing, talk.callerSide());
        }
    }

    @Test
    void allOfItWorksByKeyboard() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var alice = scene.phone("103");
            browser.signIn(token(scene, "tenant-admin"));
            browser.awaitRows(1);
            browser.press("?");
            browser.awaitText("dialog", "Send the call to another number");
            browser.press(Keys.ESCAPE);
            browser.press("j");
            browser.press("s");
            browser.type("dialog input", "999");
            browser.expectRefusals().press(Keys.ENTER);
            browser.awaitText("dialog .failure", "There is no such extension");
            browser.type("dialog input", "103");
            browser.press(Keys.ENTER);
            var ringing = alice.awaitCall(Scene.SOON);
            ringing.reject(486);
            awaitEvent(scene, "offer-missed");
            browser.awaitText(".board .next", "Rings 101 in ");
            browser.press("x");
            browser.awaitText("dialog", "The call ends, and the caller is gone.");
            assertThat(browser.text("dialog :focus")).as("a key too many does no harm").isEqualTo("Cancel");
            browser.press(Keys.TAB, Keys.ENTER);
            talk.callerSide().await(Match.requestOf("BYE"), Scene.SOON);
            browser.awaitText(".state", "No call is parked");
            browser.press("3");
            browser.awaitText(".events", "Ended");
            assertThat(browser.text(".events")).contains("101 parked carol: Extension 101", "103 rings with carol");
        }
    }

    @Test
    void aCallThatIsNoLongerAsItWasShownIsNotRetrieved() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US").expectRefusals()) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            browser.signIn(token(scene, "tenant-admin"));
            choosePhone(browser);
            browser.awaitRows(1);
            browser.script("const f = window.fetch; window.fetch = (u, o) => String(u).endsWith('/parked-calls') "
                    + "|| String(u).endsWith('/stream') ? new Promise(() => {}) : f(u, o)");
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("104"), "*88101");
            browser.click("[data-action=retrieve]");
            browser.awaitText(".notice.failed", "This call is no longer parked as it was shown");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
        }
    }

    /** What is shown is the chosen tenant's, and goes by the clock of the node. */
    @Test
    void anOperatorGoesFromTenantToTenant() {
        try (var one = new Scene(stack, "udp"); var other = new Scene(stack, "udp"); var browser = browser("en-US")) {
            var talk = one.talk();
            one.park(talk, "*68");
            browser.script("Date.now = () => 0");
            browser.signIn(stack.operatorToken()).choose(one.tenant());
            browser.awaitRows(1);
            assertThat(browser.text(".board .waits")).matches("0:[0-5]\\d");
            browser.click("button.tenant");
            browser.choose(other.tenant());
            browser.awaitText(".state", "No call is parked");
            var second = other.talk();
            other.park(second, "*68102");
            browser.awaitRows(1);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            one.assertNothingLeft();
            assertThat(browser.text(".board tbody")).contains("Extension 102");
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            browser.awaitRows(0);
            browser.click("button.tenant");
            browser.choose(other.tenant());
            browser.awaitText(".status", "Live");
        }
    }

    @Test
    void whoMayNotIsToldSo() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US").expectRefusals()) {
            stack.api()
                    .putPolicy(scene.tenant(), "everyone", "{\"name\": \"Everyone\", \"retrieval\": \"parker\"}");
            scene.phone("102");
            var talk = scene.talk();
            scene.park(talk, "*68102");
            browser.signIn("mooring_wrong");
            browser.awaitText("[role=alert]", "This token is not valid, or has expired");
            browser.signIn(token(scene, "read-only"));
            browser.awaitRows(1);
            assertThat(browser.text(".note")).contains("Your token may look, and change nothing");
            assertThat(browser.isShown(".board button")).isFalse();
            browser.click("button[aria-label='Sign out']");
            browser.signIn(token(scene, "tenant-user"));
            browser.awaitRows(1);
            browser.click("[data-action=retrieve]");
            browser.awaitText(".notice.failed", "This call is not yours to retrieve");
            assertThat(browser.isShown("[data-action=hang-up]")).isFalse();
            assertThat(parked(scene)).hasSize(1);
            scene.assertHearsMusic(talk.callerSide());
        }
    }

    /** A refusal is held back for a second or so: it may come when somebody else has signed in. */
    @Test
    void aLateRefusalOfTheOneBeforeSignsNobodyOut() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US").expectRefusals()) {
            scene.phone("102");
            var talk = scene.talk();
            scene.park(talk, "*68102");
            browser.signIn(token(scene, "read-only"));
            browser.awaitRows(1);
            browser.script("""
                    const real = window.fetch;
                    window.fetch = (path, options) => path.endsWith("/parked-calls")
                        ? new Promise((done) => {
                            window.refuse = () => done(new Response("{}", { status: 401 }));
                            window.fetch = real;
                          })
                        : real(path, options);
                    """);
            browser.evaluate("(await import('/console/live.js')).live.hurry()");
            Awaitility.await().until(() -> browser.script("return window.refuse != null").equals(true));
            browser.click("button[aria-label='Sign out']");
            browser.signIn(token(scene, "tenant-admin"));
            browser.awaitRows(1);
            browser.evaluate("(window.refuse(), await new Promise((done) => setTimeout(done)))");
            assertThat(browser.isShown("#token")).as("asked for a token again").isFalse();
            assertThat(browser.texts(".board tbody tr")).hasSize(1);
            assertThat(talk.callerSide().bye().status()).isEqualTo(200);
            browser.awaitRows(0);
        }
    }

    @Test
    void whoseTokenIsTakenBackIsAskedToSignInAgain() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("zh-CN").expectRefusals()) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            browser.signIn(token(scene, "tenant-admin"));
            choosePhone(browser);
            browser.awaitText(".status", "实时");
            String tokens = "/tenants/" + scene.tenant() + "/tokens";
            String id = stack.api().get(tokens).path("items").path(0).path("id").asText();
            assertThat(stack.api().send("DELETE", tokens + "/" + id, "").statusCode()).isEqualTo(204);
            browser.click("[data-action=retrieve]");
            browser.awaitText("[role=alert]", "令牌已失效");
            assertThat(browser.isShown("#token")).isTrue();
            assertThat(browser.script("return sessionStorage.length")).isEqualTo(0L);
        }
    }

    @Test
    void aCallThatNeedsAPinAsksForIt() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US").expectRefusals()) {
            stack.api().putPolicy(scene.tenant(), "everyone", "{\"name\": \"Everyone\", \"pin\": \"4711\"}");
            var alice = scene.phone("102");
            var talk = scene.talk();
            scene.park(talk, "*68102");
            browser.signIn(token(scene, "tenant-user"));
            browser.click("[data-action=retrieve]");
            browser.type("dialog input", "1111");
            browser.press(Keys.ENTER);
            browser.awaitText("dialog .failure", "The PIN was not accepted");
            browser.type("dialog input", "4711");
            browser.press(Keys.ENTER);
            alice.awaitCall(Scene.SOON).answer();
            browser.awaitText(".state", "No call is parked");
        }
    }

    @Test
    void groupsAndPoliciesAreMadeChangedAndDeleted() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US").expectRefusals()) {
            browser.signIn(token(scene, "tenant-admin"));
            browser.awaitText(".state", "No call is parked");
            browser.page("groups");
            browser.click(".head .primary");
            browser.type("#field-name", "Sales");
            browser.type("#field-members", "101, 999");
            browser.type("#field-recall-ringSeconds", "3");
            browser.click("form .primary");
            browser.awaitText("#field-recall-ringSeconds-error", "5");
            browser.type("#field-recall-ringSeconds", "20");
            browser.click("form .primary");
            browser.awaitText("#field-members-error", "999");
            browser.type("#field-members", "101, 102");
            browser.click("form .primary");
            browser.awaitText(".things", "Sales");
            String groups = "/tenants/" + scene.tenant() + "/park-groups";
            JsonNode made = stack.api().get(groups).path("items").path(0);
            assertThat(made.path("members").toString()).isEqualTo("[\"101\",\"102\"]");
            assertThat(made.path("recall").toString()).isEqualTo("{\"ringSeconds\":20}");

            browser.click(".things a");
            browser.type("#field-name", "Mine");
            String group = groups + "/" + made.path("id").asText();
            assertThat(stack.api().send("PUT", group, "{\"name\": \"Theirs\"}").statusCode()).isEqualTo(200);
            browser.click("form .primary");
            browser.awaitText("form .failure", "Somebody else has changed this meanwhile");
            browser.click("form .failure button");
            Awaitility.await()
                    .atMost(ConsoleBrowser.SOON)
                    .until(() -> "Theirs".equals(browser.script("return document.querySelector('#field-name').value")));
            browser.click("form .quiet-danger");
            browser.click("dialog .danger");
            browser.awaitText(".state", "There are no park groups");

            browser.page("policies/edit/everyone");
            browser.type("#field-pin", "4711");
            browser.type("#field-orbits-end", "5");
            browser.click("form .primary");
            browser.awaitText("#field-orbits-end-error", "10..9999");
            browser.type("#field-orbits-end", "30");
            browser.click("form .primary");
            browser.awaitText(".things", "Orbits 10–30");
            browser.click(".things a");
            browser.click("form .quiet-danger");
            browser.click("dialog .danger");
            browser.awaitText("dialog .failure", "It is in use");
            browser.press(Keys.ESCAPE);
            browser.page("users/101");
            browser.awaitText(".values", "PIN needed");
            assertThat(browser.text(".plan")).contains("rings 101, for 30 s", "the call ends");
        }
    }

    @Test
    void ringGroupsAreMadeAndPoliciesGranted() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US").expectRefusals()) {
            browser.signIn(token(scene, "tenant-admin"));
            browser.awaitText(".state", "No call is parked");
            browser.page("rings");
            browser.awaitText(".state", "There are no ring groups");
            browser.click(".head .primary");
            browser.type("#field-name", "Front desk");
            browser.type("#field-members", "105 106");
            browser.select("#field-strategy", "round-robin");
            browser.type("#field-ringSeconds", "3");
            browser.click("form .primary");
            browser.awaitText("#field-ringSeconds-error", "5");
            browser.type("#field-ringSeconds", "12");
            browser.click("form .primary");
            browser.awaitText(".things", "Front desk");
            JsonNode made = stack.api().get("/tenants/" + scene.tenant() + "/ring-groups").path("items").path(0);
            assertThat(made.path("members").toString()).isEqualTo("[\"105\",\"106\"]");
            assertThat(made.path("strategy").asText()).isEqualTo("round-robin");
            assertThat(made.path("ringSeconds").asInt()).isEqualTo(12);

            stack.api().putPolicy(scene.tenant(), "doctors", "{\"name\": \"Doctors\", \"retrieval\": \"parker\"}");
            browser.page("users/102");
            browser.select("#field-parkPolicy", "doctors");
            browser.select("#field-notices", "park-info");
            browser.click("form.editor .primary");
            browser.awaitText(".values", "Only the parker may retrieve");
            assertThat(stack.api().get("/tenants/" + scene.tenant() + "/grants/102").path("parkPolicy").asText())
                    .isEqualTo("doctors");
            assertThat(stack.api().get("/tenants/" + scene.tenant() + "/extensions/102").path("notices").asText())
                    .isEqualTo("park-info");
            browser.select("#field-parkPolicy", "");
            browser.click("form.editor .primary");
            browser.awaitText(".values", "Everybody may retrieve");
            assertThat(stack.api().send("GET", "/tenants/" + scene.tenant() + "/grants/102", "").statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void figuresAreMadeOfTheEvents() {
        try (var scene = new Scene(stack, "udp"); var browser = browser("en-US")) {
            var talk = scene.talk();
            scene.park(talk, "*68");
            var retrieved = scene.retrieve(talk.caller(), talk.callerSide(), scene.phone("104"), "*88101");
            scene.hangUp(talk.callerSide(), retrieved.callerSide());
            browser.signIn(token(scene, "read-only"));
            browser.awaitText(".state", "No call is parked");
            browser.page("figures");
            browser.awaitText("[data-figure=parked] dd", "1");
            assertThat(browser.texts("[data-figure=median] dd").getFirst()).matches("0:0\\d");
            assertThat(browser.text("[data-about]")).startsWith("Made of 3 events from ");
            var second = scene.talk(scene.carol(), scene.phone("105"));
            scene.park(second, "*68");
            browser.awaitText("[data-figure=now] dd", "1");
            assertThat(second.callerSide().bye().status()).isEqualTo(200);
            browser.awaitText("[data-figure=abandoned] dd", "1");
            browser.awaitText("[data-figure=abandoned]", "50 % of those parked");

            Object figures = browser.evaluate("{ const m = await import('/console/figures.js'); "
                    + "const e = [...Array(20).keys()].map((i) => ({type: 'retrieved', waitedMillis: (i + 1) * 1000})); "
                    + "return m.figuresOf([...e, {type: 'abandoned'}, {type: 'recall-missed'}]); }");
            assertThat(Stream.of("pickedUp", "medianMillis", "p95Millis", "abandoned", "recallMisses")
                    .<Object>map(((Map<?, ?>) figures)::get)).containsExactly(20L, 10_000L, 19_000L, 1L, 1L);
        }
    }
}
