package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Stack;
import io.mooring.lab.StackExtension;
import io.mooring.lab.TestPhone;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openqa.selenium.Keys;

/**
 * How the console looks on a busy morning: light, dark, narrow, in English and Chinese. The pictures of the documentation are some of
 * those that this leaves in {@code target/console}.
 */
@ExtendWith(StackExtension.class)
class ConsoleScreensIT {
    private static final Path FOLDER = Path.of("target/console");
    private static final List<String> PAGES = List.of("board", "orbits", "history", "figures", "groups", "rings",
            "policies",
            "users/101", "policies/new");
    private static final String NAMES = "{\"displayName\": \"%s\"}";

    private final Stack stack;

    ConsoleScreensIT(Stack stack) {
        this.stack = stack;
    }

    private void put(Scene scene, String path, String body) {
        assertThat(stack.api().send("PUT", "/tenants/" + scene.tenant() + path, body).statusCode()).as(path)
                .isBetween(200, 201);
    }

    private void patch(Scene scene, String path, String body) {
        assertThat(stack.api().send("PATCH", "/tenants/" + scene.tenant() + path, body).statusCode()).as(path)
                .isEqualTo(200);
    }

    private static TestPhone caller(Scene scene, String name, String number) {
        return scene.open(scene.outside(number).displayName(name).from("sip:" + number + "@carrier.example"));
    }

    private Scene.Talk park(Scene scene, TestPhone caller, TestPhone parker, String code) {
        var talk = scene.talk(caller, parker);
        scene.park(talk, code);
        return talk;
    }

    /** Some calls are parked, one rings, one was picked up, one was given up. */
    private void busyMorning(Scene scene, List<Scene.Talk> waiting) {
        stack.api().patchTenant(scene.tenant(), "{\"displayName\": \"Harbour Clinic\"}");
        var names = List.of("Alice Moreau", "Ben Okafor", "Chen Wei", "Dora Lindqvist", "Emil Novak", "Front desk");
        for (int i = 0; i < names.size(); i++) {
            patch(scene, "/extensions/" + (101 + i), NAMES.formatted(names.get(i)));
        }
        put(scene, "/ring-groups/front", "{\"name\": \"Front desk\", \"members\": [\"105\", \"106\"]}");
        put(scene, "/park-groups/reception", "{\"name\": \"Reception\", \"members\": [\"101\", \"102\", \"103\"]}");
        put(scene, "/park-groups/lab",
                "{\"name\": \"Laboratory\", \"members\": [\"104\"], \"strategy\": \"first-available\"}");
        put(scene, "/park-policies/everyone",
                "{\"name\": \"Everyone\", \"orbits\": {\"start\": 40, \"end\": 69}, \"recall\": "
                        + "{\"mode\": \"parker-then-ring-group\", \"ringGroup\": \"front\", \"recallTimeoutSeconds\": 120, \"ringSeconds\": 60}}");
        put(scene, "/park-policies/doctors", "{\"name\": \"Doctors\", \"retrieval\": \"same-park-group\"}");
        var alice = scene.phone("101");
        var ben = scene.phone("102");
        var chen = scene.phone("103");
        var given = park(scene, caller(scene, "Yusuf Demir", "+442079460011"), ben, "*68");
        assertThat(given.callerSide().bye().status()).isEqualTo(200);
        var taken = park(scene, caller(scene, "Grace Hall", "+442079460018"), alice, "*59");
        scene.retrieve(taken.caller(), taken.callerSide(), scene.phone("104"), "*8840");
        assertThat(scene.phone("106").call("*8866").awaitFinalStatus(Scene.SOON)).isEqualTo(404);
        waiting.add(park(scene, caller(scene, "Maria Santos", "+351210000042"), alice, "*59"));
        waiting.add(park(scene, caller(scene, "Li Na 李娜", "+862155500123"), chen, "*58"));
        waiting.add(park(scene, caller(scene, "Northgate Pharmacy", "+442079460100"), ben, "*68"));
        waiting.add(park(scene, caller(scene, "", "+4930901820"), alice, "*5955"));
        chen.onInvite(call -> call.ring());
        stack.bringForward(scene.tenant(), "grp:reception", "recall:");
    }

    private ConsoleBrowser signedIn(Scene scene, String language, String scheme) {
        var browser = new ConsoleBrowser(stack.nodes().getFirst().api(), language).prefer(scheme);
        browser.signIn(stack.operatorToken()).choose(scene.tenant());
        browser.awaitRows(4);
        browser.press("p");
        browser.type("dialog input", "106");
        browser.click("dialog .primary");
        browser.awaitText(".chip", "106");
        return browser;
    }

    private static void settle(ConsoleBrowser browser) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> !browser.isShown("[aria-busy]") && !browser.isShown(".notice"));
    }

    @Test
    void everyPageFitsItsWindowInBothLanguagesAndLooks() {
        try (var scene = new Scene(stack, "udp")) {
            var waiting = new ArrayList<Scene.Talk>();
            busyMorning(scene, waiting);
            try (var browser = signedIn(scene, "en-US", "light")) {
                pictures(browser, "light", PAGES);
                browser.page("history");
                browser.click(".events .link");
                browser.awaitText("dialog .timeline", "parked");
                browser.screenshot(FOLDER, "light-timeline");
                browser.press(Keys.ESCAPE);
                browser.page("board");
                browser.press("?");
                browser.awaitText("dialog", "Keyboard");
                browser.screenshot(FOLDER, "light-keyboard");
                browser.press(Keys.ESCAPE);
                browser.press("t");
                pictures(browser, "dark", List.of("board", "orbits", "figures", "policies/new"));
                browser.press("t");
                browser.size(360, 740);
                pictures(browser, "narrow", PAGES);
            }
            try (var browser = signedIn(scene, "zh-CN", "dark")) {
                assertThat(browser.script("return document.documentElement.lang")).isEqualTo("zh-CN");
                assertThat(browser.script("return document.documentElement.dataset.theme")).isEqualTo("dark");
                browser.press("t");
                pictures(browser, "chinese", PAGES);
                browser.size(360, 740);
                pictures(browser, "chinese-narrow", PAGES);
                browser.press("l");
                browser.awaitText("nav", "Board");
            }
        }
    }

    private static void pictures(ConsoleBrowser browser, String look, List<String> pages) {
        for (String page : pages) {
            browser.page(page);
            Awaitility.await().until(() -> browser.address().endsWith("#" + page));
            settle(browser);
            browser.assertNoSidewaysScrolling();
            browser.assertReadable();
            if (look.equals("light")) {
                browser.assertNamed();
            }
            browser.screenshot(FOLDER, look + "-" + page.replace('/', '-'));
        }
    }
}
