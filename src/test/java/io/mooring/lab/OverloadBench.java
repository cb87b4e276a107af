package io.mooring.lab;

import io.mooring.lab.load.Figures;
import io.mooring.lab.load.Percentiles;
import io.mooring.lab.load.Registrations;
import io.mooring.lab.load.SippLoad;
import io.mooring.lab.load.SippMessages;
import io.mooring.lab.load.SippMessages.Exchange;
import io.mooring.lab.load.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionTimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./mooring bench overload}: what a stack does when it is asked for twice what it can do. A cycle is a park and a retrieve, by the
 * parker itself after three seconds, of a call that has been set up before: what is too much is parks, not calls. Who is refused a park talks on until the
 * end; a retrieve that is refused is tried again after a second. First the peak is sought, then half of it is offered, twice of it, and half of it at
 * once: all must be as before within ten seconds.
 */
@Command(name = "mooring bench overload", description = "Measures what becomes of twice the load that can be carried, on a stack of its own.", mixinStandardHelpOptions = true)
public final class OverloadBench implements Runnable {
    private static final String TENANT = "overload.example";
    private static final int FIRST = 20_000;
    private static final int EXTENSIONS = 6_000;
    private static final String RETRIEVER = "9999";
    private static final String CALLER = "127.0.0.2";
    private static final int WARM_UP_RATE = 15;
    private static final int PARKED_SECONDS = 3;
    private static final int REFUSED = 503;
    /** SIPp's own 64 KiB lose messages when it waits for a processor. */
    private static final String BUFFER = "1000000";
    private static final double CARRIED = 0.9;
    private static final int NORMAL_AFTER_SECONDS = 10;
    /** Between the last call that is set up and the first park. */
    private static final int SETTLE_SECONDS = 3;

    @Mixin
    private Figures figures = new Figures();

    @Option(names = "--rates", split = ",", description = "cycles a second to seek the peak with, rising (default: ${DEFAULT-VALUE})")
    private int[] rates = {60, 75, 90, 105, 120, 135, 150};

    @Option(names = "--seconds", description = "length of each of them (default: ${DEFAULT-VALUE})")
    private int seconds = 15;

    @Option(names = "--peak", description = "cycles a second that are known to be the peak; 0: to be sought (default: ${DEFAULT-VALUE})")
    private int peak;

    @Option(names = "--overload-seconds", description = "length of the overload (default: ${DEFAULT-VALUE})")
    private int overloadSeconds = 60;

    @Option(names = "--warm-up", description = "seconds at 15 cycles a second before anything counts (default: ${DEFAULT-VALUE})")
    private int warmUp = 40;

    private int next;

    /**
     * A length of load.
     *
     * @param done cycles that were parked and retrieved, a second, between the first retrieves and the end of the offer
     * @param refusedParks answered 503
     * @param otherAnswers of other kinds by their status, 0: none at all
     * @param otherAnswers by their status, those of the kinds above left out; 0: no answer
     * @param failed calls that went otherwise than both phones of SIPp allow: cut off, hung
     */
    private record Row(
            String name,
            double offered,
            double done,
            int refusedParks,
            int refusedRetrieves,
            Map<Integer, Long> otherAnswers,
            int failed,
            Percentiles park,
            Percentiles retrieve,
            Percentiles refusal,
            double normalAfterSeconds,
            Map<String, Double> cpuSeconds,
            String complaints) {}

    public static void main(String[] arguments) {
        Figures.main(new OverloadBench(), arguments);
    }

    @Override
    public void run() {
        figures.measure(this::measure);
    }

    private void measure(Stack stack) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("mooring-bench");
        figures.say("Provisioning %d extensions", EXTENSIONS);
        provision(stack, work);
        figures.say("Warming up for %d s", warmUp);
        load(stack, work, "warm-up", WARM_UP_RATE, warmUp);
        figures.say("%nREFER to 202, INVITE *88 to 200, request to 503: p50 / p95 / p99");
        var rows = new ArrayList<Row>();
        for (int i = 0; i < rates.length && peak == 0; i++) {
            clear(stack);
            Row row = report(load(stack, work, rates[i] + "/s", rates[i], seconds));
            rows.add(row);
            if (row.done() < rates[i] * CARRIED) {
                break;
            }
        }
        double best = peak > 0 ? peak : rows.stream().mapToDouble(Row::done).max().orElseThrow();
        figures.say("Peak: %.1f cycles a second", best);
        clear(stack);
        var three = load(stack, work, List.of(
                new Segment("half of it", (int) (best / 2), 2 * NORMAL_AFTER_SECONDS),
                new Segment("twice of it", (int) (2 * best), overloadSeconds),
                new Segment("half of it, at once", (int) (best / 2), 2 * NORMAL_AFTER_SECONDS)));
        three.forEach(this::report);
        rows.addAll(three);
        var over = three.get(1);
        figures.say("Under overload %.0f %% of the peak was done", over.done() / best * 100);
        figures.put("peak", best);
        figures.put("rows", rows);
    }

    private void provision(Stack stack, Path work) throws IOException, InterruptedException {
        Api api = stack.api();
        api.putTenantWithoutLimits(TENANT);
        api.putTrunk(CALLER, "overload-trunk", TENANT);
        List<String> extensions = IntStream.range(FIRST, FIRST + EXTENSIONS).mapToObj(Integer::toString).toList();
        for (String extension : extensions) {
            api.putExtension(TENANT, extension, Registrations.password(extension));
        }
        api.putExtension(TENANT, RETRIEVER, Registrations.password(RETRIEVER));
        Registrations.all(stack, work.resolve("register"), TENANT, extensions, 300, 90);
    }

    private record Segment(String name, int rate, int seconds) {
        private int calls() {
            return rate * seconds;
        }
    }

    private Row load(Stack stack, Path work, String name, int rate, int length)
            throws IOException, InterruptedException {
        return load(stack, work, List.of(new Segment(name, rate, length))).getFirst();
    }

    /** One segment after the other; the calls of all are set up before the first park is asked for, and those whose park is refused go on until the end. */
    private List<Row> load(Stack stack, Path work, List<Segment> segments) throws IOException, InterruptedException {
        int length = segments.stream().mapToInt(Segment::seconds).sum();
        int settled = length + SETTLE_SECONDS;
        int timeout = 2 * settled + length + PARKED_SECONDS + 60;
        Path folder = Files.createTempDirectory(work, "load");
        String edge = stack.sip().getHostString() + ":" + stack.sip().getPort();
        var callers = new ArrayList<SippLoad>();
        try (var parker = SippLoad.start(folder.resolve("parker"), "overload-parker", edge, List.of(
                "-key", "tenant", TENANT, "-key", "settled", Integer.toString(settled * 1_000), "-i", "127.0.0.1",
                "-p", Integer.toString(Registrations.port(stack)),
                "-trace_shortmsg", "-l", "30000", "-buff_size", BUFFER, "-timeout", Integer.toString(timeout)))) {
            double began = System.currentTimeMillis() + settled * 1_000.0;
            for (Segment segment : segments) {
                Path users = users(folder.resolve("users-" + callers.size() + ".csv"), segment.calls());
                callers.add(SippLoad.start(folder.resolve("caller-" + callers.size()), "overload-caller", edge, List.of(
                        "-inf", users.toString(), "-key", "tenant", TENANT, "-key", "mediaport", "9", "-aa", "-i",
                        CALLER, "-r", Integer.toString(segment.rate), "-m", Integer.toString(segment.calls()), "-l",
                        "30000", "-buff_size", BUFFER, "-timeout", Integer.toString(timeout))));
                TimeUnit.SECONDS.sleep(segment.seconds);
            }
            awaitMillis(began);
            var ends = new ArrayList<Double>();
            var cpu = new ArrayList<Map<String, Double>>();
            for (Segment segment : segments) {
                Usage before = Usage.of(stack);
                ends.add((ends.isEmpty() ? began : ends.getLast()) + segment.seconds * 1_000.0);
                awaitMillis(ends.getLast());
                cpu.add(Usage.of(stack).cpuSince(before));
            }
            for (SippLoad caller : callers) {
                caller.await(timeout);
            }
            parker.finish(10);
            var rows = new ArrayList<Row>();
            int failed = parker.failures() + callers.stream().mapToInt(SippLoad::failures).sum();
            String complaints = (parker.complaints() + " "
                    + callers.stream().map(SippLoad::complaints).collect(Collectors.joining(" "))).strip();
            for (int i = 0; i < segments.size(); i++) {
                double from = i == 0 ? began : ends.get(i - 1);
                double until = i == segments.size() - 1 ? Double.MAX_VALUE : ends.get(i);
                rows.add(row(segments.get(i), from, ends.get(i), until, parker.messages(), failed, complaints,
                        cpu.get(i)));
            }
            return rows;
        } finally {
            callers.forEach(SippLoad::close);
        }
    }

    private static void awaitMillis(double millis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(Math.max(0, (long) millis - System.currentTimeMillis()));
    }

    /**
     * @param began when its first park was asked for
     * @param ended when no more were
     * @param until what comes later is the next one's
     */
    private static Row row(Segment segment, double began, double ended, double until, SippMessages messages, int failed,
            String complaints, Map<String, Double> cpu) {
        Predicate<Exchange> mine = it -> it.atMillis() >= began && it.atMillis() < until;
        List<Exchange> parks = messages.exchanges("REFER").stream().filter(mine).toList();
        List<Exchange> retrieves = messages.exchanges("INVITE").stream().filter(mine).toList();
        double from = began + (PARKED_SECONDS + 2) * 1_000;
        long done = retrieves.stream()
                .filter(it -> it.status() == 200 && it.atMillis() >= from && it.atMillis() < ended)
                .count();
        var all = new ArrayList<>(parks);
        all.addAll(retrieves);
        Predicate<Exchange> refused = it -> it.status() == REFUSED;
        return new Row(segment.name, segment.rate, done / (ended - from) * 1_000,
                (int) parks.stream().filter(refused).count(), (int) retrieves.stream().filter(refused).count(),
                all.stream()
                        .filter(it -> it.status() != REFUSED && (it.status() < 200 || it.status() >= 300))
                        .collect(Collectors.groupingBy(Exchange::status, Collectors.counting())),
                failed,
                times(parks, it -> it.status() == 202), times(retrieves, it -> it.status() == 200),
                times(all, refused), normalAfter(all, began), cpu, complaints);
    }

    private static Percentiles times(List<Exchange> exchanges, Predicate<Exchange> which) {
        return Percentiles.of(exchanges.stream().filter(which).mapToDouble(Exchange::tookMillis).toArray());
    }

    /** When the last one was sent that was refused, or took longer than half a second; seconds since the load began. */
    private static double normalAfter(List<Exchange> exchanges, double began) {
        return exchanges.stream()
                .filter(it -> it.status() < 200 || it.status() >= 300 || it.tookMillis() > 500)
                .mapToDouble(it -> (it.atMillis() - began) / 1_000)
                .max()
                .orElse(0);
    }

    private Path users(Path file, int count) throws IOException {
        return Files.writeString(file, IntStream.range(0, count)
                .mapToObj(i -> Integer.toString(FIRST + next++ % EXTENSIONS))
                .collect(Collectors.joining("\n", "SEQUENTIAL\n", "\n")));
    }

    /** What was too much leaves calls behind, and the next load shall not suffer from them. */
    private void clear(Stack stack) {
        try {
            stack.awaitNothingLeft(Duration.ofSeconds(15));
        } catch (ConditionTimeoutException e) {
            figures.say("        %d calls were left, and are taken away", stack.keys("*:call:*").size());
            stack.discardCalls();
        }
    }

    private Row report(Row row) {
        figures.say(
                "  %s: offered %.0f/s, done %.1f/s; refused %d parks and %d retrieves, otherwise %s, failed %d; park %s; "
                        + "retrieve %s; refusal %s; trouble until %.1f s; CPU %s%s",
                row.name(), row.offered(), row.done(), row.refusedParks(), row.refusedRetrieves(), row.otherAnswers(),
                row.failed(), row.park(), row.retrieve(), row.refusal(), row.normalAfterSeconds(),
                row.cpuSeconds()
                        .entrySet()
                        .stream()
                        .map(e -> String.format(Locale.ROOT, "%s %.1f s", e.getKey(), e.getValue()))
                        .collect(Collectors.joining(", ")),
                row.complaints().isEmpty() ? "" : "  [" + row.complaints() + "]");
        return row;
    }
}
