package io.mooring.lab;

import io.mooring.call.RetrievalRule;
import io.mooring.lab.load.Figures;
import io.mooring.lab.load.Percentiles;
import io.mooring.lab.load.QueueModel;
import io.mooring.lab.load.QueueModel.Station;
import io.mooring.lab.load.QueueModel.Visit;
import io.mooring.lab.load.SteadyCycles;
import io.mooring.lab.load.Usage;
import io.mooring.metrics.Metrics;
import io.mooring.store.Kind;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisSetup;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Extension;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.Tenant;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./mooring bench capacity}: whether anything grows with the number of tenants but memory of Redis, measured; and what a queueing model with
 * measured service times says of sizes that fit on no machine here. {@code docs/capacity.md} has both, told apart.
 */
@Command(name = "mooring bench capacity", description = "Measures with many tenants in Redis, and simulates more.", mixinStandardHelpOptions = true)
public final class CapacityBench implements Runnable {
    private static final int AT_ONCE = 64;
    private static final int IDLE_SECONDS = 5;
    /** CPU of a cycle by part, ms: measured at 42 cycles a second (docs/benchmarks.md). */
    private static final double NODE = 14.7;
    private static final double RTPENGINE = 8.9;
    private static final double KAMAILIO = 6.5;
    private static final double REDIS = 2.5;
    /** Events of a cycle: the edge, a node, Redis, and rtpengine are visited in each. */
    private static final int EVENTS = 6;
    private static final int SIMULATED = 60_000;
    /** Cycles a second; cores of nodes, Kamailio and rtpengine; primaries of Redis. Those of docs/capacity.md. */
    private static final double[][] SIZES = {{0.006, 1, 1, 1, 1}, {5.6, 1, 1, 1, 1}, {56, 2, 1, 1, 1},
        {278, 8, 4, 5, 1},
        {360, 10, 5, 6, 1}, {556, 16, 8, 10, 1}, {556, 16, 8, 10, 3}};

    @Mixin
    private Figures figures = new Figures();

    @Option(names = "--tenants", split = ",", description = "tenants in Redis, step by step (default: ${DEFAULT-VALUE})")
    private int[] tenants = {1, 1_000, 100_000};

    @Option(names = "--extensions", description = "extensions of each (default: ${DEFAULT-VALUE})")
    private int extensions = 10;

    @Option(names = "--rate", description = "cycles of park and retrieve a second at each step (default: ${DEFAULT-VALUE})")
    private int rate = 15;

    @Option(names = "--seconds", description = "how long (default: ${DEFAULT-VALUE})")
    private int seconds = 12;

    @Option(names = "--webhooks", split = ",", description = "tenants with a webhook, step by step (default: ${DEFAULT-VALUE})")
    private int[] webhooks = {0, 1_000, 10_000};

    /** Tenants that have a webhook. */
    private int hooked;

    private record Step(int tenants, double redisMebibytes, double bytesAnExtension, double fillSeconds,
            Map<String, Double> idleCpu, Percentiles park, Percentiles retrieve, int done, int wanted) {}

    private record Hooks(int tenants, Map<String, Double> idleCpu) {}

    private record Simulated(double cyclesASecond, int nodeCores, int edgeCores, int mediaCores, int redisPrimaries,
            Percentiles millis, String busiest, double utilisation) {}

    public static void main(String[] arguments) {
        Figures.main(new CapacityBench(), arguments);
    }

    @Override
    public void run() {
        figures.measure(this::measure);
    }

    private void measure(Stack stack) throws Exception {
        simulate();
        Vertx vertx = Vertx.vertx();
        try (RedisAccess redis = RedisAccess.connect(vertx, RedisSetup.one(stack.redisUrl()), Duration.ofSeconds(30),
                new Metrics())) {
            var store = new TenantStore(redis);
            figures.say("%nWarming up");
            cycles(stack, 20);
            figures.say(
                    "%nTenants with %d extensions each: Redis; CPU of parts that idle; %d cycles a second: park, retrieve",
                    extensions, rate);
            var steps = new ArrayList<Step>();
            int there = 0;
            for (int count : tenants) {
                steps.add(step(stack, store, there, count));
                there = count;
            }
            figures.put("tenants", steps);
            figures.say("%nTenants with a webhook that nothing happens to: CPU of parts that idle");
            var hooks = new ArrayList<Hooks>();
            for (int count : webhooks) {
                hooks.add(hooks(stack, count));
            }
            figures.put("webhooks", hooks);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    // --- measured ---------------------------------------------------------------------------------------------------

    private Step step(Stack stack, TenantStore store, int from, int to) throws Exception {
        long before = Figures.redisBytes(stack);
        long started = System.nanoTime();
        fill(store, from, to);
        double took = (System.nanoTime() - started) / 1e9;
        long bytes = Figures.redisBytes(stack) - before;
        Map<String, Double> idle = idle(stack);
        var cycles = cycles(stack, seconds);
        var step = new Step(to, Figures.mebibytes(Figures.redisBytes(stack)), bytes / (double) extensions / (to - from),
                took, idle, cycles.parkTimes(), cycles.retrieveTimes(), cycles.outcome().retrieved(),
                cycles.outcome().cycles());
        figures.say(
                "  %6d tenants: %.0f MiB, %.0f bytes an extension with its share of the tenant; %s; park %s; retrieve %s; %d of %d",
                step.tenants, step.redisMebibytes, step.bytesAnExtension,
                Figures.percent(step.idleCpu, "%s %.1f %%"), step.park, step.retrieve, step.done, step.wanted);
        return step;
    }

    /** By the code that the API uses. */
    private void fill(TenantStore store, int from, int to) throws InterruptedException {
        each(from, to, i -> provision(store, "t" + i + ".capacity.example"));
    }

    private static void each(int from, int to, IntConsumer work) throws InterruptedException {
        var limit = new Semaphore(AT_ONCE);
        var failed = new AtomicInteger();
        try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = from; i < to; i++) {
                int number = i;
                limit.acquire();
                workers.execute(() -> {
                    failed.incrementAndGet();
                    try {
                        work.accept(number);
                        failed.decrementAndGet();
                    } finally {
                        limit.release();
                    }
                });
            }
            limit.acquire(AT_ONCE);
        }
        if (failed.get() > 0) {
            throw new IllegalStateException(failed.get() + " of " + (to - from) + " were not written");
        }
    }

    private void provision(TenantStore store, String domain) {
        Scope scope = Scope.of(domain);
        store.config().change(List.of(scope), draft -> {
            draft.put(Scope.GLOBAL, Kind.TENANT, domain,
                    new Tenant(domain, "Tenant " + domain, FeatureCodes.DEFAULT).withDefaultParkPolicy("everyone"));
            draft.put(scope, Kind.PARK_POLICY, "everyone", new ParkPolicy("Everyone", true, ParkPolicy.EVERY_MODE,
                    ParkPolicy.Orbits.DEFAULT, RetrievalRule.TENANT, true, true, false, RecallSettings.NONE));
            for (int i = 0; i < extensions; i++) {
                String number = Integer.toString(100 + i);
                draft.put(scope, Kind.EXTENSION, number, new Extension(number, "User " + number));
                draft.putCredentials(domain, number, Ha1.of(number, domain, "secret-" + number));
            }
            return true;
        });
    }

    /** Shares of a core. */
    private static Map<String, Double> idle(Stack stack) throws InterruptedException {
        Usage before = Usage.of(stack);
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        var shares = new LinkedHashMap<String, Double>();
        Usage.of(stack).cpuSince(before).forEach((part, used) -> shares.put(part, used / IDLE_SECONDS));
        return shares;
    }

    private record Cycles(SteadyCycles.Outcome outcome, Percentiles parkTimes, Percentiles retrieveTimes) {}

    private Cycles cycles(Stack stack, int length) throws Exception {
        try (var cycles = new SteadyCycles(stack, Files.createTempDirectory("mooring-capacity"), rate, 1, 3)) {
            cycles.start();
            TimeUnit.SECONDS.sleep(length);
            var outcome = cycles.finish();
            return new Cycles(outcome, cycles.parkTimes(), cycles.retrieveTimes());
        }
    }

    private Hooks hooks(Stack stack, int count) throws Exception {
        Api api = stack.api();
        each(hooked, count, i -> Api.must(api.send("PUT", "/tenants/t" + i + ".capacity.example/webhooks/hook",
                "{\"url\": \"https://hooks.example/mooring\"}")));
        hooked = Math.max(hooked, count);
        // Their nodes have read them.
        TimeUnit.SECONDS.sleep(3);
        var row = new Hooks(count, idle(stack));
        figures.say("  %6d: %s", count, Figures.percent(row.idleCpu, "%s %.1f %%"));
        return row;
    }

    // --- simulated ----------------------------------------------------------------------------------------------------

    private void simulate() {
        figures.say(
                "%nSimulated, not measured: each cycle takes %.1f ms of nodes, %.1f of Kamailio, %.1f of rtpengine, %.1f of Redis, in %d events",
                NODE, KAMAILIO, RTPENGINE, REDIS, EVENTS);
        var rows = new ArrayList<Simulated>();
        for (double[] size : SIZES) {
            rows.add(simulate(size[0], (int) size[1], (int) size[2], (int) size[3], (int) size[4]));
        }
        figures.put("simulated", rows);
    }

    private Simulated simulate(double perSecond, int nodeCores, int edgeCores, int mediaCores, int redisPrimaries) {
        var edge = new Station("Kamailio", edgeCores);
        var node = new Station("nodes", nodeCores);
        var redis = new Station("Redis", redisPrimaries);
        var media = new Station("rtpengine", mediaCores);
        var visits = new ArrayList<Visit>();
        for (int i = 0; i < EVENTS; i++) {
            visits.add(new Visit(edge, KAMAILIO / EVENTS / 2));
            visits.add(new Visit(node, NODE / EVENTS / 2));
            visits.add(new Visit(media, RTPENGINE / EVENTS));
            visits.add(new Visit(redis, REDIS / EVENTS));
            visits.add(new Visit(node, NODE / EVENTS / 2));
            visits.add(new Visit(edge, KAMAILIO / EVENTS / 2));
        }
        var result = new QueueModel(42).run(perSecond, visits, SIMULATED);
        var busiest = result.utilisation().entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow();
        var row = new Simulated(perSecond, nodeCores, edgeCores, mediaCores, redisPrimaries, result.millis(),
                busiest.getKey().name(), busiest.getValue());
        figures.say(
                "  %5.1f/s, cores of nodes %d, Kamailio %d, rtpengine %d, Redis %d: all events of a cycle %s; busiest %s, %s",
                perSecond, nodeCores, edgeCores, mediaCores, redisPrimaries, row.millis, row.busiest,
                String.format(Locale.ROOT, "%.0f %%", row.utilisation * 100));
        return row;
    }
}
