package io.mooring.lab;

import io.mooring.lab.load.Figures;
import io.mooring.lab.load.PendingCalls;
import io.mooring.lab.load.PendingCalls.Parker;
import io.mooring.lab.load.Percentiles;
import io.mooring.lab.load.RecalledPhones;
import io.mooring.lab.load.Registrations;
import io.mooring.lab.load.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./mooring bench recall}: how late parked calls come back, from their due time to the INVITE at the phone, with thousands more pending; the
 * same while the node that sees to them is killed, or told to go; and what pending recalls cost. The calls are written into Redis by the
 * store's own classes; what comes after that is real: nodes, Kamailio, rtpengine, and phones that ring and are busy. Each call would come back
 * three times, as built in; what is measured is the first.
 */
@Command(name = "mooring bench recall", description = "Measures how late recalls are, on a stack of its own.", mixinStandardHelpOptions = true)
public final class RecallBench implements Runnable {
    private static final int SHARDS = 16;
    private static final int EXTENSIONS = 10;
    private static final int FIRST_EXTENSION = 200;
    private static final long RING_MILLIS = 300;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final String HELD = "mooring_shards_held";
    private static final String VICTIM = "node-2";

    @Mixin
    private Figures figures = new Figures();

    @Option(names = "--rates", split = ",", description = "recalls due a second (default: ${DEFAULT-VALUE})")
    private int[] rates = {50, 100, 200};

    @Option(names = "--seconds", description = "length of each rate (default: ${DEFAULT-VALUE})")
    private int seconds = 20;

    @Option(names = "--pending", description = "calls that are parked besides (default: ${DEFAULT-VALUE})")
    private int pending = 10_000;

    @Option(names = "--faults", description = "how often the node is killed, and told to go (default: ${DEFAULT-VALUE})")
    private int faults = 3;

    @Option(names = "--costs", split = ",", description = "numbers of pending recalls whose cost is measured; 0: none (default: ${DEFAULT-VALUE})")
    private int[] costs = {1_000, 10_000, 100_000};

    @Option(names = "--tenants", description = "tenants that the calls are spread over (default: ${DEFAULT-VALUE})")
    private int tenants = 32;

    @Option(names = "--warm-up", description = "seconds at 50 recalls a second before anything counts (default: ${DEFAULT-VALUE})")
    private int warmUp = 20;

    private final List<Parker> parkers = new ArrayList<>();
    private int runs;

    private record Lateness(String name, int due, int rung, int twice, Percentiles late,
            Map<String, Double> cpuMillisEach) {}

    private record Cost(int pending, Map<String, Long> memoryBytes, long redisBytes, Map<String, Double> idleCpu,
            double takeOverMillis) {}

    public static void main(String[] arguments) {
        Figures.main(new RecallBench(), arguments);
    }

    @Override
    public void run() {
        figures.measure(this::measure);
    }

    private void measure(Stack stack) throws Exception {
        try (var phones = phones(stack); var calls = new PendingCalls(stack, SHARDS, Registrations.port(stack))) {
            awaitShares(stack);
            if (warmUp > 0) {
                figures.say("Warming up for %d s", warmUp);
                lateness(stack, phones, calls, "50/s", 50, warmUp, () -> {});
            }
            figures.say("%n%d more pending; due time to INVITE at the phone: p50 / p95 / p99", pending);
            calls.write("pending", pending, parkers, i -> System.currentTimeMillis() + HOUR_MILLIS);
            var rows = new ArrayList<Lateness>();
            for (int rate : rates) {
                rows.add(lateness(stack, phones, calls, rate + "/s", rate, seconds, () -> {}));
            }
            for (int i = 0; i < faults; i++) {
                rows.add(
                        lateness(stack, phones, calls, "50/s, killed", 50, 10, () -> process(stack).destroyForcibly()));
                restart(stack);
                rows.add(lateness(stack, phones, calls, "50/s, told to go", 50, 10, () -> process(stack).destroy()));
                restart(stack);
            }
            figures.put("lateness", rows);
            stack.discardCalls();
            costs(stack, calls);
        }
    }

    // --- phones -----------------------------------------------------------------------------------------------------

    private RecalledPhones phones(Stack stack) throws IOException, InterruptedException {
        Api api = stack.api();
        Path folder = Files.createTempDirectory("mooring-bench");
        for (int tenant = 0; tenant < tenants; tenant++) {
            String domain = "r" + tenant + ".bench.example";
            api.putTenantWithoutLimits(domain);
            for (int extension = FIRST_EXTENSION; extension < FIRST_EXTENSION + EXTENSIONS; extension++) {
                api.putExtension(domain, "" + extension, Registrations.password("" + extension));
            }
            Registrations.all(stack, folder.resolve(domain), domain,
                    IntStream.range(FIRST_EXTENSION, FIRST_EXTENSION + EXTENSIONS).mapToObj(Integer::toString).toList(),
                    200, 20);
        }
        // Neighbours in time are of different tenants.
        for (int extension = FIRST_EXTENSION; extension < FIRST_EXTENSION + EXTENSIONS; extension++) {
            for (int tenant = 0; tenant < tenants; tenant++) {
                parkers.add(new Parker("r" + tenant + ".bench.example", "" + extension));
            }
        }
        return new RecalledPhones(Registrations.port(stack), RING_MILLIS);
    }

    // --- lateness ---------------------------------------------------------------------------------------------------

    /** @param fault what happens in the middle */
    private Lateness lateness(Stack stack, RecalledPhones phones, PendingCalls calls, String name, int rate,
            int length, Runnable fault) throws InterruptedException {
        int count = rate * length;
        String prefix = "run" + runs++ + "x";
        // Time to write them.
        long first = System.currentTimeMillis() + 8_000 + count;
        calls.write(prefix, count, parkers, i -> first + i * 1_000L / rate);
        if (System.currentTimeMillis() > first - 2_500) {
            throw new IllegalStateException("the calls were not written in time");
        }
        Usage before = Usage.of(stack);
        TimeUnit.MILLISECONDS.sleep(first + length * 500L - System.currentTimeMillis());
        fault.run();
        TimeUnit.MILLISECONDS.sleep(Math.max(0, first + length * 1_000L - System.currentTimeMillis()));
        try {
            Awaitility.await()
                    .atMost(20, TimeUnit.SECONDS)
                    .until(() -> rung(phones, prefix, count) == count && stack.keys("*:ringing").isEmpty());
        } catch (ConditionTimeoutException e) {
            figures.say("        phones ring yet, or never did");
        }
        var late = IntStream.range(0, count)
                .filter(i -> phones.invites().containsKey(prefix + i))
                .mapToDouble(i -> phones.invites().get(prefix + i).getFirst().micros() / 1e3
                        - (first + i * 1_000L / rate))
                .toArray();
        int twice = (int) IntStream.range(0, count)
                .filter(i -> phones.invites().getOrDefault(prefix + i, List.of()).size() > 1)
                .count();
        var cpu = new LinkedHashMap<String, Double>();
        Usage.of(stack).cpuSince(before).forEach((part, used) -> {
            // A part that has died has taken its figure with it.
            if (used >= 0) {
                cpu.put(part, used * 1_000 / count);
            }
        });
        var row = new Lateness(name, count, late.length, twice, Percentiles.of(late), cpu);
        figures.say("  %-18s %d due, %d rung, %d of them twice; late %s; CPU ms each: %s", name, row.due, row.rung,
                row.twice,
                row.late, Figures.each(row.cpuMillisEach, "%s %.1f"));
        return row;
    }

    private static int rung(RecalledPhones phones, String prefix, int count) {
        return (int) IntStream.range(0, count).filter(i -> phones.invites().containsKey(prefix + i)).count();
    }

    // --- nodes that go ----------------------------------------------------------------------------------------------

    private static ProcessHandle process(Stack stack) {
        return ProcessHandle.of(stack.pid(VICTIM)).orElseThrow();
    }

    private void restart(Stack stack) {
        Awaitility.await()
                .atMost(20, TimeUnit.SECONDS)
                .until(() -> ProcessHandle.of(stack.pid(VICTIM)).filter(ProcessHandle::isAlive).isEmpty());
        stack.part("start", VICTIM);
        awaitShares(stack);
    }

    private static void awaitShares(Stack stack) {
        long share = Math.ceilDiv(SHARDS, stack.nodes().size());
        Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> stack.counter(HELD).values().stream().allMatch(held -> held <= share)
                        && stack.counter(HELD).values().stream().mapToLong(it -> it).sum() == SHARDS);
    }

    // --- costs ------------------------------------------------------------------------------------------------------

    private void costs(Stack stack, PendingCalls calls) throws InterruptedException {
        figures.say("%nPending recalls, none of them due");
        var rows = new ArrayList<Cost>();
        int written = 0;
        long empty = Figures.redisBytes(stack);
        for (int count : costs) {
            if (count == 0) {
                continue;
            }
            calls.write("cost" + count + "x", count - written, parkers,
                    i -> System.currentTimeMillis() + HOUR_MILLIS);
            written = count;
            Usage before = Usage.of(stack);
            long began = System.nanoTime();
            TimeUnit.SECONDS.sleep(10);
            double elapsed = (System.nanoTime() - began) / 1e9;
            Usage after = Usage.of(stack);
            var idle = new LinkedHashMap<String, Double>();
            after.cpuSince(before).forEach((part, used) -> idle.put(part, used / elapsed));
            long redis = Figures.redisBytes(stack) - empty;
            long killed = System.nanoTime();
            process(stack).destroyForcibly();
            Awaitility.await()
                    .atMost(30, TimeUnit.SECONDS)
                    .pollInterval(Duration.ofMillis(10))
                    .pollDelay(Duration.ZERO)
                    .until(() -> stack.counter(HELD).get("node-1") == SHARDS);
            var row = new Cost(count, after.memoryBytes(), redis, idle, (System.nanoTime() - killed) / 1e6);
            rows.add(row);
            restart(stack);
            figures.say("  %6d: memory %s; Redis %.1f MiB (%.0f bytes each); idle %s; all shards taken over in %.0f ms",
                    count,
                    Figures.mebibytes(row.memoryBytes), Figures.mebibytes(redis), (double) redis / count,
                    Figures.percent(row.idleCpu, "%s %.1f %%"),
                    row.takeOverMillis);
        }
        figures.put("costs", rows);
    }
}
