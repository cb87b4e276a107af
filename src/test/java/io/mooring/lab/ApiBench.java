package io.mooring.lab;

import io.mooring.lab.load.Figures;
import io.mooring.lab.load.HttpLoad;
import io.mooring.lab.load.Percentiles;
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
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./mooring bench api}: what the API of a stack of two nodes carries on this machine, its clients included: thousands of tenants
 * provisioned in one run, reads and writes, registrations of phones, and one tenant that asks for too much beside one that does not.
 */
@Command(name = "mooring bench api", description = "Measures the API, registrations, and what one tenant feels of another, on a stack of its own.", mixinStandardHelpOptions = true)
public final class ApiBench implements Runnable {
    private static final int FIRST_EXTENSION = 1_000;
    /** A node imports two documents at a time. */
    private static final int IMPORTS = 4;
    private static final int RETRY_MILLIS = 20;
    private static final int OVERLOADED = 503;
    private static final Pattern CALLS = Pattern.compile("cmdstat_hmget:calls=(\\d+)");

    @Mixin
    private Figures figures = new Figures();

    @Option(names = "--tenants", description = "tenants to provision (default: ${DEFAULT-VALUE})")
    private int tenants = 1_000;

    @Option(names = "--extensions", description = "extensions of each (default: ${DEFAULT-VALUE})")
    private int extensions = 100;

    @Option(names = "--clients", description = "clients of the API at once (default: ${DEFAULT-VALUE})")
    private int clients = 8;

    @Option(names = "--seconds", description = "length of each measurement (default: ${DEFAULT-VALUE})")
    private int seconds = 10;

    @Option(names = "--warm-up", description = "seconds of reads and writes before anything counts (default: ${DEFAULT-VALUE})")
    private int warmUp = 10;

    @Option(names = "--registrations", description = "phones that register (default: ${DEFAULT-VALUE})")
    private int registrations = 3_000;

    @Option(names = "--neighbours", description = "only what one tenant feels of another")
    private boolean onlyNeighbours;

    private List<Api> operators = List.of();

    private record Provisioning(int tenants, int extensions, double seconds, Percentiles times,
            Map<String, Double> cpuSeconds, long redisBytes, Map<String, Long> memoryBytes) {}

    private record Operation(String name, double perSecond, Percentiles times, Map<Integer, Integer> statuses,
            Map<String, Double> cpuMillisEach) {}

    private record Registered(int phones, int registered, Map<String, Long> requestsAtNodes, double redisReadsEach,
            Map<String, Double> cpuMillisEach) {}

    public static void main(String[] arguments) {
        Figures.main(new ApiBench(), arguments);
    }

    @Override
    public void run() {
        figures.measure(this::measure);
    }

    private void measure(Stack stack) throws IOException, InterruptedException {
        operators = apis(stack, stack.operatorToken());
        if (warmUp > 0) {
            figures.say("Warming up for %d s", warmUp);
            warmUp(stack);
        }
        if (!onlyNeighbours) {
            provision(stack);
            operations(stack);
            registrations(stack);
        }
        neighbours(stack);
    }

    // --- a whole run of provisioning --------------------------------------------------------------------------------

    private void warmUp(Stack stack) {
        stack.api().putTenant("warm.example");
        HttpLoad.run(clients, Duration.ofSeconds(warmUp), i -> api(i).send(i % 2 == 0 ? "PUT" : "GET",
                "/tenants/warm.example/extensions/" + (FIRST_EXTENSION + i / 2 % 100), i % 2 == 0 ? "{}" : "")
                .statusCode());
        stack.api().send("DELETE", "/tenants/warm.example", "");
    }

    private void provision(Stack stack) {
        long bytes = Figures.redisBytes(stack);
        Usage before = Usage.of(stack);
        long began = System.nanoTime();
        var next = new AtomicInteger();
        var millis = new double[tenants];
        try (var importers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < IMPORTS; i++) {
                importers.execute(() -> {
                    for (int tenant = next.getAndIncrement(); tenant < tenants; tenant = next.getAndIncrement()) {
                        long sent = System.nanoTime();
                        importTenant(domain(tenant), extensions);
                        millis[tenant] = (System.nanoTime() - sent) / 1e6;
                    }
                });
            }
        }
        double elapsed = (System.nanoTime() - began) / 1e9;
        Usage after = Usage.of(stack);
        var done = new Provisioning(tenants, extensions, elapsed, Percentiles.of(millis), after.cpuSince(before),
                Figures.redisBytes(stack) - bytes, after.memoryBytes());
        figures.put("provisioning", done);
        figures.say("%n%d tenants x %d extensions: %.1f s, %.0f extensions a second; a document %s; CPU %s", tenants,
                extensions,
                elapsed, tenants * extensions / elapsed, done.times, Figures.each(done.cpuSeconds, "%s %.1f s"));
        figures.say("  Redis holds %.1f MiB more (%.0f bytes an extension); memory %s",
                Figures.mebibytes(done.redisBytes),
                (double) done.redisBytes / tenants / extensions,
                Figures.mebibytes(done.memoryBytes));
    }

    private void importTenant(String domain, int size) {
        String accounts = IntStream.range(FIRST_EXTENSION, FIRST_EXTENSION + size)
                .mapToObj(it -> "{\"extension\":\"" + it + "\",\"displayName\":\"User " + it + "\",\"password\":\""
                        + Registrations.password("" + it) + "\"}")
                .collect(Collectors.joining(","));
        String document = """
                {"displayName": "%s", "extensions": [%s],
                 "parkGroups": [{"id": "sales", "name": "Sales", "members": ["%d"]}],
                 "parkPolicies": [{"id": "p", "name": "P"}], "defaultParkPolicy": "p"}"""
                .formatted(domain, accounts, FIRST_EXTENSION);
        while (true) {
            var answer = api(domain.hashCode() & Integer.MAX_VALUE).send("PUT", "/tenants/" + domain + "/document",
                    document);
            if (answer.statusCode() != OVERLOADED) {
                Api.must(answer);
                return;
            }
            LockSupport.parkNanos(RETRY_MILLIS * 1_000_000L);
        }
    }

    // --- reads and writes -------------------------------------------------------------------------------------------

    private void operations(Stack stack) {
        figures.say("%nRequests of %d clients, one after the other: a second; p50 / p95 / p99", clients);
        var rows = new ArrayList<Operation>();
        rows.add(operation(stack, "read an extension", i -> get(i, extension(i))));
        rows.add(operation(stack, "list 100 extensions", i -> get(i, "/tenants/" + tenantOf(i)
                + "/extensions?limit=100")));
        rows.add(operation(stack, "list parked calls", i -> get(i, "/tenants/" + tenantOf(i)
                + "/parked-calls")));
        rows.add(operation(stack, "write an extension", i -> put(i, extension(i), "{\"displayName\": \"New "
                + i + "\"}")));
        rows.add(operation(stack, "write a park group", i -> put(i, "/tenants/" + tenantOf(i)
                + "/park-groups/sales",
                "{\"name\": \"Sales " + i + "\", \"members\": [\"" + FIRST_EXTENSION + "\"]}")));
        rows.add(operation(stack, "write in one tenant", i -> put(i, "/tenants/" + domain(0) + "/extensions/"
                + (FIRST_EXTENSION + i % extensions), "{\"displayName\": \"New " + i + "\"}")));
        figures.put("operations", rows);
    }

    private Operation operation(Stack stack, String name, HttpLoad.Client client) {
        Usage before = Usage.of(stack);
        HttpLoad load = HttpLoad.run(clients, Duration.ofSeconds(seconds), client);
        var row = new Operation(name, load.perSecond(), load.times(), load.statuses(),
                cpuMillisEach(before, Usage.of(stack), load.times().count()));
        figures.say("  %-20s %5.0f/s; %s; answers %s; CPU ms each: %s", name, row.perSecond, row.times, row.statuses,
                Figures.each(row.cpuMillisEach, "%s %.2f"));
        return row;
    }

    /** Spread over all tenants and their extensions. */
    private String extension(int i) {
        return "/tenants/" + tenantOf(i) + "/extensions/" + (FIRST_EXTENSION + i / tenants % extensions);
    }

    private String tenantOf(int i) {
        // Neighbours in time are none in the list.
        return domain((int) (i * 7_919L % tenants));
    }

    // --- registrations ----------------------------------------------------------------------------------------------

    private void registrations(Stack stack) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("mooring-bench");
        importTenant("phones.bench.example", registrations);
        List<String> phones = IntStream.range(FIRST_EXTENSION, FIRST_EXTENSION + registrations)
                .mapToObj(Integer::toString)
                .toList();
        Map<String, Long> requests = stack.sum("mooring_edge_event_seconds_count", "mooring_edge_refused_total");
        long reads = reads(stack);
        Usage before = Usage.of(stack);
        try (var sipp = Registrations.start(stack, folder, "phones.bench.example", phones, 300, 120)) {
            sipp.await(125);
            var requestsAtNodes = new LinkedHashMap<String, Long>();
            stack.sum("mooring_edge_event_seconds_count", "mooring_edge_refused_total")
                    .forEach((node, count) -> requestsAtNodes.put(node, count - requests.getOrDefault(node, 0L)));
            var row = new Registered(registrations, sipp.successes(), requestsAtNodes,
                    (double) (reads(stack) - reads) / registrations,
                    cpuMillisEach(before, Usage.of(stack), registrations));
            figures.put("registrations", row);
            figures.say(
                    "%n%d of %d phones registered at 300 a second: requests at nodes %s, reads of Redis each %.2f; CPU ms each: %s",
                    row.registered, row.phones, row.requestsAtNodes, row.redisReadsEach,
                    Figures.each(row.cpuMillisEach, "%s %.2f"));
        }
    }

    // --- neighbours -------------------------------------------------------------------------------------------------

    private void neighbours(Stack stack) throws InterruptedException {
        figures.say("%nA tenant that asks 20 times a second, and 64 clients that ask all the time: p50 / p95 / p99");
        List<Neighbours.Row> rows = new Neighbours(stack, Duration.ofSeconds(seconds)).run();
        figures.put("neighbours", rows);
        rows.forEach(row -> figures.say("  %-18s alone %s; beside %.0f a second, answered %s: %s, answered %s; CPU %s",
                row.noise(), row.alone(), row.noisePerSecond(), row.answers(), row.beside(), row.statuses(),
                Figures.each(row.cpuSeconds(), "%s %.1f s")));
    }

    // --- helpers ----------------------------------------------------------------------------------------------------

    private static String domain(int tenant) {
        return "t" + tenant + ".bench.example";
    }

    private static List<Api> apis(Stack stack, String token) {
        return stack.nodes().stream().map(node -> stack.api(node, token)).toList();
    }

    /** The operator at one of the nodes, in turn. */
    private Api api(int i) {
        return operators.get(i % operators.size());
    }

    private int get(int i, String path) {
        return api(i).send("GET", path, "").statusCode();
    }

    private int put(int i, String path, String body) {
        return api(i).send("PUT", path, body).statusCode();
    }

    private static long reads(Stack stack) {
        var found = CALLS.matcher(stack.redis().info("commandstats"));
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    private static Map<String, Double> cpuMillisEach(Usage before, Usage after, int count) {
        var each = new LinkedHashMap<String, Double>();
        after.cpuSince(before).forEach((part, used) -> each.put(part, used * 1_000 / count));
        return each;
    }
}
