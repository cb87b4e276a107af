package io.mooring.lab;

import io.mooring.lab.load.Figures;
import io.mooring.lab.load.PacketCounter;
import io.mooring.lab.load.Percentiles;
import io.mooring.lab.load.Registrations;
import io.mooring.lab.load.SippLoad;
import io.mooring.lab.load.SippMessages;
import io.mooring.lab.load.SippMessages.Which;
import io.mooring.lab.load.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./mooring bench}: what a whole stack carries on this machine, the load itself included. SIPp plays the phones: a caller
 * on a trunk calls an extension, which transfers it to {@code *68}; some seconds later another phone dials
 * {@code *88<ext>} (authenticated), stays for 100 ms and hangs up. A cycle counts when all three phones saw what they should.
 */
@Command(name = "mooring bench", description = "Measures park and retrieve on a stack of its own, with SIPp as the phones.", mixinStandardHelpOptions = true)
public final class Bench implements Runnable {
    private static final String TENANT = "bench.example";
    private static final int FIRST = 20_000;
    private static final int EXTENSIONS = 6_000;
    private static final String RETRIEVER = "9999";
    private static final String CALLER = "127.0.0.2";
    private static final int WARM_UP_RATE = 15;

    @Mixin
    private Figures figures = new Figures();

    @Option(names = "--rates", split = ",", description = "cycles a second to try (default: ${DEFAULT-VALUE})")
    private int[] rates = {40, 85, 100, 120, 140, 160, 180};

    @Option(names = "--seconds", description = "length of each rate (default: ${DEFAULT-VALUE})")
    private int seconds = 20;

    @Option(names = "--parked-seconds", description = "how long a call is parked (default: ${DEFAULT-VALUE})")
    private int parkedSeconds = 3;

    @Option(names = "--warm-up", description = "seconds at 15 cycles a second before anything counts (default: ${DEFAULT-VALUE})")
    private int warmUp = 60;

    @Option(names = "--holding", split = ",", description = "numbers of parked calls to hold (default: ${DEFAULT-VALUE})")
    private int[] holding = {1_000, 2_000, 5_000};

    @Option(names = "--music", paramLabel = "FILE", description = "measure everything once more with this WAV file as the tenant's own music")
    private @Nullable Path music;

    private int next;
    private boolean ownMusic;

    private record Cycle(
            boolean ownMusic,
            int rate,
            int wanted,
            int done,
            Percentiles park,
            List<Percentiles> parkPhases,
            Percentiles retrieve,
            Map<String, Double> cpuSeconds,
            double elapsedSeconds,
            String complaints) {}

    private record Hold(boolean ownMusic, int calls, int parked, double packetsShare, Map<String, Double> cpuShare,
            Map<String, Long> memoryBytes) {}

    public static void main(String[] arguments) {
        Figures.main(new Bench(), arguments);
    }

    @Override
    public void run() {
        figures.measure(this::measure);
    }

    private void measure(Stack stack) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("mooring-bench");
        figures.say("Provisioning %d extensions", EXTENSIONS);
        provision(stack, work);
        if (warmUp > 0) {
            figures.say("Warming up for %d s", warmUp);
            report(cycles(stack, work, WARM_UP_RATE, warmUp));
            clear(stack);
        }
        figures.say("%nPark and retrieve, parked %d s; REFER to NOTIFY 200, INVITE *88 to 200: p50 / p95 / p99",
                parkedSeconds);
        var rows = new ArrayList<Cycle>();
        for (int rate : rates) {
            for (boolean own : musics()) {
                hear(stack, own);
                Cycle row = cycles(stack, work, rate, seconds);
                rows.add(row);
                report(row);
                clear(stack);
            }
            if (rows.getLast().done() < rows.getLast().wanted() * 0.9) {
                break;
            }
        }
        int best = rows.stream().filter(r -> r.done() == r.wanted()).mapToInt(Cycle::rate).max().orElse(0);
        figures.say("%nHighest rate without a failure: %d cycles a second", best);
        figures.put("cycles", rows);
        figures.put("highestRate", best);

        figures.say("%nHolding parked calls with music");
        var holds = new ArrayList<Hold>();
        Usage idle = Usage.of(stack);
        figures.say("  %5d calls: memory %s", 0, Figures.mebibytes(idle.memoryBytes()));
        for (int calls : holding) {
            for (boolean own : musics()) {
                hear(stack, own);
                Hold hold = hold(stack, work, calls);
                holds.add(hold);
                clear(stack);
                figures.say("  %5d calls%s: %d parked, %.1f %% of their packets, CPU %s, memory %s",
                        hold.calls(), label(hold.ownMusic()), hold.parked(), hold.packetsShare() * 100,
                        Figures.percent(hold.cpuShare(), "%s %.0f %%"), Figures.mebibytes(hold.memoryBytes()));
            }
        }
        figures.put("memoryIdle", idle.memoryBytes());
        figures.put("holding", holds);
    }

    private List<Boolean> musics() {
        return music == null ? List.of(false) : List.of(false, true);
    }

    /** From the next call on: the music of the node, or the tenant's own. */
    private void hear(Stack stack, boolean own) throws IOException, InterruptedException {
        ownMusic = own;
        if (music != null) {
            stack.api().putSound(TENANT, "bench", Files.readAllBytes(music));
            stack.api().patchTenant(TENANT, own ? "{\"music\": \"bench\"}" : "{\"music\": null}");
            // A node has read the tenant half a second ago at most.
            TimeUnit.SECONDS.sleep(1);
        }
    }

    private static String label(boolean own) {
        return own ? " with music of their own" : "";
    }

    private void provision(Stack stack, Path work) throws IOException, InterruptedException {
        Api api = stack.api();
        api.putTenantWithoutLimits(TENANT);
        api.putTrunk(CALLER, "bench-trunk", TENANT);
        List<String> extensions = new ArrayList<>(
                IntStream.range(FIRST, FIRST + EXTENSIONS).mapToObj(Integer::toString).toList());
        extensions.add(RETRIEVER);
        int batch = 64;
        for (int i = 0; i < extensions.size(); i += batch) {
            CompletableFuture.allOf(extensions.subList(i, Math.min(i + batch, extensions.size()))
                    .stream()
                    .map(e -> api.putExtensionSoon(TENANT, e, Registrations.password(e))
                            .thenAccept(r -> {
                                if (r.statusCode() >= 300) {
                                    throw new IllegalStateException("provisioning: " + r.statusCode() + " " + r.body());
                                }
                            }))
                    .toArray(CompletableFuture[]::new))
                    .join();
        }
        Registrations.all(stack, work.resolve("register"), TENANT, extensions.subList(0, EXTENSIONS), 300, 90);
    }

    private Cycle cycles(Stack stack, Path work, int rate, int length) throws IOException, InterruptedException {
        int wanted = rate * length;
        Path folder = Files.createTempDirectory(work, "rate");
        Path users = users(folder, wanted);
        int timeout = length + parkedSeconds + 30;
        Usage before = Usage.of(stack);
        long started = System.nanoTime();
        try (var parker = parker(stack, folder, timeout);
                var caller = SippLoad.start(folder.resolve("caller"), "bench-caller", edge(stack),
                        callerOptions(users, rate, wanted, timeout, 9))) {
            TimeUnit.SECONDS.sleep(parkedSeconds);
            try (var retriever = SippLoad.start(folder.resolve("retriever"), "bench-retriever", edge(stack), List.of(
                    "-inf", users.toString(), "-key", "tenant", TENANT, "-i", "127.0.0.1",
                    "-r", Integer.toString(rate), "-m", Integer.toString(wanted), "-l", "20000",
                    "-trace_shortmsg", "-timeout", Integer.toString(timeout)))) {
                retriever.await(timeout + 5);
                double elapsed = (System.nanoTime() - started) / 1e9;
                Map<String, Double> cpu = Usage.of(stack).cpuSince(before);
                caller.await(10);
                parker.finish(10);
                int done = Math.min(retriever.successes(), Math.min(caller.successes(), parker.successes()));
                SippMessages parking = parker.messages();
                SippMessages calling = caller.messages();
                Which refer = Which.sent("REFER", "REFER");
                Which reinvite = Which.received("INVITE", "INVITE");
                Which notify = Which.received("NOTIFY", "NOTIFY");
                Which accept = Which.sent("INVITE", "SIP/2.0 200");
                return new Cycle(ownMusic, rate, wanted, done, parking.between(refer, notify),
                        List.of(parking.between(refer, calling, reinvite), calling.between(reinvite, accept),
                                calling.between(accept, parking, notify)),
                        retriever.messages()
                                .between(Which.sent("INVITE", "INVITE"), Which.received("INVITE", "SIP/2.0 200")),
                        cpu, elapsed,
                        retriever.complaints() + " " + caller.complaints() + " " + parker.complaints());
            }
        }
    }

    private Hold hold(Stack stack, Path work, int calls) throws IOException, InterruptedException {
        int rate = 50;
        int window = 20;
        Path folder = Files.createTempDirectory(work, "hold");
        Path users = users(folder, calls);
        int ramp = calls / rate + 5;
        int timeout = 2 * ramp + window + 60;
        try (var counter = new PacketCounter(CALLER);
                var parker = parker(stack, folder, timeout);
                var caller = SippLoad.start(folder.resolve("caller"), "bench-holder", edge(stack), with(
                        callerOptions(users, rate, calls, timeout, counter.port()),
                        "-d", Integer.toString((ramp + window + 15) * 1_000)))) {
            try {
                Awaitility.await()
                        .atMost(ramp + 30L, TimeUnit.SECONDS)
                        .pollInterval(1, TimeUnit.SECONDS)
                        .until(() -> parked(stack) >= calls || !caller.running());
            } catch (ConditionTimeoutException e) {
                figures.say("        no more than %d of %d calls could be parked", parked(stack), calls);
            }
            Usage before = Usage.of(stack);
            long packets = counter.packets();
            long started = System.nanoTime();
            TimeUnit.SECONDS.sleep(window);
            double elapsed = (System.nanoTime() - started) / 1e9;
            double share = (counter.packets() - packets) / (calls * 50.0 * elapsed);
            Usage after = Usage.of(stack);
            Map<String, Double> cpu = new LinkedHashMap<>();
            after.cpuSince(before).forEach((part, used) -> cpu.put(part, used / elapsed));
            int parked = parked(stack);
            caller.await(timeout);
            parker.finish(10);
            return new Hold(ownMusic, calls, parked, share, cpu, after.memoryBytes());
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A rate that was too high leaves calls behind, and the next one shall not suffer from them. */
    private void clear(Stack stack) {
        try {
            stack.awaitNothingLeft(Duration.ofSeconds(15));
        } catch (ConditionTimeoutException e) {
            int calls = stack.keys("*:call:*").size();
            figures.say("        %d calls were left, and are taken away", calls);
            stack.discardCalls();
        }
    }

    private static int parked(Stack stack) {
        return stack.keys("*:parked:" + TENANT).stream().mapToInt(key -> (int) stack.redis().zcard(key)).sum();
    }

    /** Each cycle has an extension of its own for as long as it may last. */
    private Path users(Path folder, int count) throws IOException {
        Path users = folder.resolve("users.csv");
        var text = new StringBuilder("SEQUENTIAL\n");
        for (int i = 0; i < count; i++) {
            String extension = Integer.toString(FIRST + next++ % EXTENSIONS);
            text.append(extension).append('\n');
        }
        Files.writeString(users, text);
        return users;
    }

    private SippLoad parker(Stack stack, Path folder, int timeout) {
        return SippLoad.start(folder.resolve("parker"), "bench-parker", edge(stack), List.of(
                "-key", "tenant", TENANT, "-i", "127.0.0.1", "-p", Integer.toString(Registrations.port(stack)),
                "-trace_shortmsg", "-timeout", Integer.toString(timeout)));
    }

    private static List<String> callerOptions(Path users, int rate, int wanted, int timeout, int mediaPort) {
        return List.of(
                "-inf", users.toString(), "-key", "tenant", TENANT, "-key", "mediaport", Integer.toString(mediaPort),
                // It answers the questions whether it is still there.
                "-aa", "-i", CALLER, "-r", Integer.toString(rate), "-m", Integer.toString(wanted), "-l", "20000",
                "-timeout", Integer.toString(timeout), "-trace_shortmsg");
    }

    private static List<String> with(List<String> options, String... more) {
        var all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return all;
    }

    private static String edge(Stack stack) {
        return stack.sip().getHostString() + ":" + stack.sip().getPort();
    }

    private void report(Cycle row) {
        double total = row.cpuSeconds().values().stream().mapToDouble(Double::doubleValue).sum();
        figures.say("  %3d/s%s: %d of %d; park %s (p50: %s); retrieve %s; CPU ms a cycle: %s = %.1f%s",
                row.rate(), label(row.ownMusic()), row.done(), row.wanted(), row.park(),
                row.parkPhases()
                        .stream()
                        .map(p -> String.format(Locale.ROOT, "%.1f", p.p50()))
                        .collect(Collectors.joining(" + ")),
                row.retrieve(),
                row.cpuSeconds()
                        .entrySet()
                        .stream()
                        .map(e -> String.format(Locale.ROOT, "%s %.1f", e.getKey(),
                                e.getValue() * 1_000 / row.wanted()))
                        .collect(Collectors.joining(", ")),
                total * 1_000 / row.wanted(),
                row.done() == row.wanted() ? "" : "  [" + row.complaints().strip() + "]");
    }
}
