package io.mooring.lab;

import io.mooring.lab.load.Figures;
import io.mooring.lab.load.Percentiles;
import io.mooring.lab.load.Registrations;
import io.mooring.lab.load.Usage;
import io.mooring.lab.load.Watchers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./mooring bench lamps}: how soon all lamps of a place show that a call is parked there, and that it is gone. Everything is real: the call, the
 * subscriptions, the datagrams. The time is from when the event became true in Redis to when the last lamp had its NOTIFY.
 */
@Command(name = "mooring bench lamps", description = "Measures how soon lamps are right, on a stack of its own.", mixinStandardHelpOptions = true)
public final class LampBench implements Runnable {
    private static final String DOMAIN = "lamps.bench.example";
    private static final String TRUNK = "127.0.0.9";
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final long PAUSE_MILLIS = 300;

    @Mixin
    private Figures figures = new Figures();

    @Option(names = "--watchers", split = ",", description = "lamps of the place (default: ${DEFAULT-VALUE})")
    private int[] watchers = {10, 100, 1_000};

    @Option(names = "--rounds", description = "calls that are parked there and leave (default: ${DEFAULT-VALUE})")
    private int rounds = 50;

    private record Row(int watchers, Percentiles lit, Percentiles dark, Map<String, Double> cpuMicrosEach) {}

    public static void main(String[] arguments) {
        Figures.main(new LampBench(), arguments);
    }

    @Override
    public void run() {
        figures.measure(this::measure);
    }

    private void measure(Stack stack) throws Exception {
        stack.api().putTenantWithoutLimits(DOMAIN);
        for (var extension : List.of("101", "102")) {
            stack.api().putExtension(DOMAIN, extension, Registrations.password(extension));
        }
        stack.api().putTrunk(TRUNK, "lamps", DOMAIN);
        var rows = new ArrayList<Row>();
        try (var lamps = new Watchers(stack);
                var bob = phone(stack, "101").open().register().answersCalls();
                var carol = phone(stack, "carol").from("sip:carol@carrier.example").address(TRUNK).open()) {
            var there = 0;
            figures.say("Event to the last lamp: p50 / p95 / p99");
            round(stack, lamps, 0, bob, carol, new ArrayList<>(), new ArrayList<>());
            for (int wanted : watchers) {
                for (; there < wanted; there++) {
                    lamps.subscribe(DOMAIN, "102", Registrations.password("102"), "*88101");
                }
                for (int warmUp = 0; warmUp < rounds / 5; warmUp++) {
                    round(stack, lamps, wanted, bob, carol, new ArrayList<>(), new ArrayList<>());
                }
                var lit = new ArrayList<Double>();
                var dark = new ArrayList<Double>();
                var before = Usage.of(stack);
                for (int i = 0; i < rounds; i++) {
                    round(stack, lamps, wanted, bob, carol, lit, dark);
                }
                var cpu = new LinkedHashMap<String, Double>();
                Usage.of(stack)
                        .cpuSince(before)
                        .forEach((part, seconds) -> cpu.put(part, seconds * 1e6 / (2.0 * rounds * wanted)));
                var row = new Row(wanted, of(lit), of(dark), cpu);
                rows.add(row);
                figures.say("  %5d lamps: lit %s; dark %s; CPU microseconds a lamp and change: %s", wanted, row.lit,
                        row.dark, Figures.each(row.cpuMicrosEach, "%s %.0f"));
            }
        }
        figures.put("lamps", rows);
    }

    private static TestPhone.Builder phone(Stack stack, String user) {
        return TestPhone.builder()
                .edge(stack.sip())
                .domain(DOMAIN)
                .user(user)
                .password(Registrations.password(user))
                .oneSocketForAllCalls();
    }

    private static Percentiles of(List<Double> samples) {
        return Percentiles.of(samples.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** One call is parked, and hangs up. */
    private static void round(Stack stack, Watchers lamps, int there, TestPhone bob, TestPhone carol, List<Double> lit,
            List<Double> dark) {
        var call = carol.call("101");
        var answered = bob.awaitCall(SOON);
        call.awaitAnswered();
        // A subscription is told at most four times a second, and here it was told just now.
        pause();
        lamps.expect("<state>confirmed");
        answered.refer("*68");
        answered.await(Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
        answered.hangUp();
        lit.add(late(stack, lamps, there, "PARKED"));
        pause();
        lamps.expect("<state>terminated");
        call.bye();
        dark.add(late(stack, lamps, there, "ABANDONED"));
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @return milliseconds from the last event of the tenant to the last lamp */
    private static double late(Stack stack, Watchers lamps, int there, String type) {
        if (there == 0) {
            return 0;
        }
        Awaitility.await().atMost(SOON).pollInterval(Duration.ofMillis(5)).until(() -> lamps.knowing() == there);
        var events = stack.keys("*:events:" + DOMAIN).getFirst();
        var last = stack.redis().xrevrange(events, "+", "-", 1).getFirst();
        if (!String.valueOf(last.getFields().get("event")).contains("\"type\":\"" + type + "\"")) {
            throw new IllegalStateException("the last event is not that a call is " + type + ": " + last.getFields());
        }
        return lamps.lastMicros() / 1e3 - last.getID().getTime();
    }
}
