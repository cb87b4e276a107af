package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Some of the tests that use Redis, on the other kinds of it: all of them are run by {@code ./mooring test --redis KIND}. Each kind has a Java
 * machine of its own.
 */
class RedisKindsIT {
    private static final String PACKAGE = "io.mooring.";
    private static final List<String> SELECTED = List.of("store.TenantStoreIT",
            "calls.ParkIT#aCallIsParkedAtAnotherExtensionAndTakenThere");

    @ParameterizedTest
    @ValueSource(strings = {"sentinel", "cluster"})
    void theSameTestsPass(String kind) throws Exception {
        var output = Files.createTempFile("mooring-redis-", ".out");
        try {
            var tests = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Dmooring.redis=" + kind, "--add-opens", "java.base/java.lang=ALL-UNNAMED",
                    "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                    System.getProperty("java.class.path"), Selected.class.getName())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            tests.getOutputStream().close();
            boolean ended = tests.waitFor(5, TimeUnit.MINUTES);
            tests.destroy();
            assertThat(ended ? tests.exitValue() : -1).as(Files.readString(output)).isZero();
        } finally {
            Files.delete(output);
        }
    }

    /** Runs the selected tests, in a Java machine of its own; exit status 0 when all of them have passed. */
    static final class Selected {
        private Selected() {}

        public static void main(String[] args) {
            var summary = new SummaryGeneratingListener();
            LauncherFactory.create()
                    .execute(LauncherDiscoveryRequestBuilder.request()
                            .selectors(SELECTED.stream().map(Selected::selector).toList())
                            .build(), summary);
            var found = summary.getSummary();
            found.printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
            found.printTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
            System.exit(found.getTotalFailureCount() == 0 && found.getTestsSucceededCount() > SELECTED.size() ? 0 : 1);
        }

        private static DiscoverySelector selector(String test) {
            return test.indexOf('#') < 0 ? selectClass(PACKAGE + test) : selectMethod(PACKAGE + test);
        }
    }
}
