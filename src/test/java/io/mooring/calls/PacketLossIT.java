package io.mooring.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tenth of all SIP packets is lost, each way, between the phones and the edge; nothing else is. Phones, stack and loss share a
 * network namespace, and {@link LossyCalls} is what runs there.
 */
class PacketLossIT {

    private static final int CALLS = 30;
    private static final String SIP_PORT = "5060";
    /** Lost packets cost half a second and more each; without loss the calls take 20 s. */
    private static final Duration BOUND = Duration.ofMinutes(4);

    @TempDir
    private Path folder;

    @Test
    void everyCallIsParkedRetrievedAndHungUpWithATenthOfAllSipPacketsLost() throws IOException, InterruptedException {
        try (var namespace = Namespace.alone()) {
            for (var direction : List.of("--dport", "--sport")) {
                namespace.inside("iptables", "-A", "INPUT", "-p", "udp", direction, SIP_PORT, "-m", "statistic",
                        "--mode",
                        "random", "--probability", "0.1", "-j", "DROP");
            }
            var output = folder.resolve("calls.txt");
            var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            var calls = namespace
                    .process(List.of(java, "--enable-native-access=ALL-UNNAMED", "-cp",
                            System.getProperty("java.class.path"), LossyCalls.class.getName(), "" + CALLS, SIP_PORT))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            var ended = calls.waitFor(BOUND.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                calls.destroy();
                calls.waitFor(30, TimeUnit.SECONDS);
            }
            var said = Files.readString(output);
            System.out.println(said);
            assertThat(ended).as("ended in " + BOUND + ":\n" + said).isTrue();
            assertThat(calls.exitValue()).as(said).isZero();
            // Both rules have met packets: the loss was real.
            assertThat(namespace.inside("iptables", "-L", "INPUT", "-n", "-v", "-x").lines().skip(2))
                    .hasSize(2)
                    .allSatisfy(rule -> assertThat(Integer.parseInt(rule.strip().split(" +")[0])).as(rule)
                            .isGreaterThan(CALLS / 2));
        }
    }
}
