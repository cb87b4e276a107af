package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The console in Debian's chromium without a screen, as a person uses it. What the browser complains of fails the test. */
final class ConsoleBrowser implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(8);

    /** It warns that it knows the protocol of other versions of the browser; none is used that depends on them. */
    private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium.devtools");

    private static final String CONTRAST = """
            const parts = (color) => { const all = color.match(/[\\d.]+/g).map(Number); return all.length < 4 ? [...all, 1] : all; };
            const light = ([r, g, b]) => [r, g, b].map((it) => it / 255)
                .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
                .reduce((sum, it, at) => sum + it * [0.2126, 0.7152, 0.0722][at], 0);
            const ground = (element) => {
              for (let at = element; at; at = at.parentElement) {
                const color = parts(getComputedStyle(at).backgroundColor);
                if (color[3] > 0) { return color; }
              }
              return [255, 255, 255];
            };
            const found = [];
            const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (texts.nextNode()) {
              const element = texts.currentNode.parentElement;
              if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest(".unseen, .skip, noscript, :disabled")) {
                continue;
              }
              const [one, other] = [light(parts(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
              const ratio = (one + 0.05) / (other + 0.05);
              if (ratio < 4.5) { found.push(`${texts.currentNode.data.trim()}: ${ratio.toFixed(2)}`); }
            }
            return found;
            """;

    private final ChromeDriver driver;
    private final String node;
    /** What the browser itself writes when an answer is a refusal, or when there is none. */
    private boolean refusalsExpected;

    /**
     * @param node URL of the node that serves the console
     * @param language that the browser prefers
     */
    ConsoleBrowser(String node, String language) {
        SELENIUM.setLevel(Level.SEVERE);
        var logged = new LoggingPreferences();
        logged.enable(LogType.BROWSER, Level.ALL);
        var options = new ChromeOptions();
        options.setBinary("/usr/bin/chromium");
        options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--window-size=1280,800", "--accept-lang=" + language, "--force-prefers-reduced-motion");
        options.setCapability("goog:loggingPrefs", logged);
        var service = new ChromeDriverService.Builder().usingDriverExecutable(new File("/usr/bin/chromedriver"))
                .build();
        driver = new ChromeDriver(service, options);
        this.node = node;
        size(1280, 800);
        driver.get(node + "/console/");
    }

    ConsoleBrowser expectRefusals() {
        refusalsExpected = true;
        return this;
    }

    ConsoleBrowser signIn(String token) {
        type("#token", token);
        press(Keys.ENTER);
        return this;
    }

    /** Of the tenants that the token allows. */
    ConsoleBrowser choose(String tenant) {
        Awaitility.await().atMost(SOON).until(() -> texts(".choices span").contains(tenant));
        driver.findElements(By.cssSelector(".choices button"))
                .stream()
                .filter(it -> it.getText().contains(tenant))
                .findFirst()
                .orElseThrow()
                .click();
        return this;
    }

    ConsoleBrowser size(int width, int height) {
        driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        return this;
    }

    ConsoleBrowser prefer(String scheme) {
        driver.executeCdpCommand("Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        return this;
    }

    void page(String name) {
        script("location.hash = arguments[0]", "#" + name);
    }

    WebElement find(String selector) {
        Awaitility.await().atMost(SOON).until(() -> isShown(selector));
        return driver.findElement(By.cssSelector(selector));
    }

    boolean isShown(String selector) {
        try {
            return driver.findElement(By.cssSelector(selector)).isDisplayed();
        } catch (NoSuchElementException | StaleElementReferenceException e) {
            return false;
        }
    }

    void click(String selector) {
        find(selector).click();
    }

    void type(String selector, String text) {
        WebElement field = find(selector);
        field.clear();
        field.sendKeys(text);
    }

    /** Chooses in a list by what the choice stands for. */
    void select(String selector, String value) {
        find(selector).findElement(By.cssSelector("option[value='" + value + "']")).click();
    }

    /** Wherever the focus is. */
    void press(CharSequence... keys) {
        new Actions(driver).sendKeys(keys).perform();
    }

    List<String> texts(String selector) {
        Object texts = script("return [...document.querySelectorAll(arguments[0])].map((it) => it.innerText)",
                selector);
        return ((List<?>) texts).stream().map(String::valueOf).toList();
    }

    String text(String selector) {
        return String.join("\n", texts(selector));
    }

    void awaitText(String selector, String text) {
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(text(selector)).as(selector).contains(text));
    }

    void awaitRows(int rows) {
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(texts(".board tbody tr")).hasSize(rows));
    }

    Object script(String script, Object... arguments) {
        return driver.executeScript(script, arguments);
    }

    /** An expression with await in it, such as what a module of the console computes. */
    Object evaluate(String expression) {
        return driver.executeAsyncScript(
                "const done = arguments[arguments.length - 1]; (async () => " + expression
                        + ")().then(done, (e) => done(String(e)))");
    }

    String address() {
        return driver.getCurrentUrl();
    }

    void reload() {
        driver.get(node + "/console/");
    }

    /** Nothing is wider than the window. */
    void assertNoSidewaysScrolling() {
        assertThat(script("return document.documentElement.scrollWidth - document.body.clientWidth"))
                .as("pixels beyond the window")
                .isEqualTo(0L);
    }

    /** Text stands out from its ground by 4.5 to 1 at the least [WCAG 2.2, 1.4.3]. */
    void assertReadable() {
        assertThat((List<?>) script(CONTRAST)).as("text that is hard to read").isEmpty();
    }

    /** Whatever can be used has a name for those who do not see it [WCAG 2.2, 4.1.2]. */
    void assertNamed() {
        assertThat(driver.findElements(By.cssSelector("button, a, input, select, textarea"))
                .stream()
                .filter(WebElement::isDisplayed)
                .filter(it -> it.getAccessibleName().isBlank())
                .map(it -> it.getDomProperty("outerHTML"))).isEmpty();
    }

    void screenshot(Path folder, String name) {
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** No error, and nothing that the Content-Security-Policy had to stop. */
    void assertNoComplaints() {
        var complaints = driver.manage()
                .logs()
                .get(LogType.BROWSER)
                .getAll()
                .stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(entry -> entry.getMessage())
                .filter(message -> !refusalsExpected || !isOfTheNetwork(message))
                .toList();
        assertThat(complaints).as("what the browser complains of").isEmpty();
    }

    private static boolean isOfTheNetwork(String message) {
        return message.contains("Failed to load resource") || message.contains("net::ERR_");
    }

    @Override
    public void close() {
        try {
            assertNoComplaints();
        } finally {
            driver.quit();
        }
    }
}
