package io.mooring.lab.load;

import io.mooring.lab.Stack;
import io.mooring.lab.load.SippMessages.Which;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Cycles of park and retrieve at a steady rate for as long as something is done to a stack, beside calls that stay parked. SIPp plays the phones, and keeps to
 * what a phone may be asked for: a 503 with {@code Retry-After} is repeated a second later, in the same call; anything else that is not success is a failure.
 */
public final class SteadyCycles implements AutoCloseable {
    private static final String TENANT = "steady.example";
    private static final String CALLER = "127.0.0.2";
    private static final String RETRIEVER = "9999";
    private static final int FIRST_HELD = 10_000;
    private static final int FIRST = 20_000;
    /** For so long callers call, and later on others retrieve them. */
    private static final int BATCH_SECONDS = 3;
    /** An extension is used again after so many batches: its call is over by then. */
    private static final int BATCHES = 12;
    private static final int HOLD_RATE = 50;
    private static final int LIMIT_SECONDS = 120;

    private final Stack stack;
    private final Path folder;
    private final int rate;
    private final int held;
    /** Batches of callers before the first is retrieved. */
    private final int lag;
    private final SippLoad parker;
    private final List<SippLoad> callers = new ArrayList<>();
    private final List<SippLoad> retrievers = new ArrayList<>();
    private int wanted;
    private volatile boolean stopping;
    private Thread running = new Thread(() -> {});

    /**
     * What the phones saw.
     *
     * @param cycles that were begun
     * @param parked callers that went through all of it
     * @param retrieved retrievers that did
     * @param parksRefused parks answered 503 with Retry-After, and repeated with success
     * @param retrievesRefused the same of retrieves
     * @param outcomes final status lines that parkers were told of accepted parks, and how often
     * @param complaints of SIPp
     */
    public record Outcome(int cycles, int parked, int retrieved, int parksRefused, int retrievesRefused,
            Map<String, Long> outcomes, String complaints) {}

    /**
     * Provisions, registers and parks the calls that stay.
     *
     * @param folder for what SIPp writes
     * @param rate cycles a second
     * @param held calls that stay parked
     * @param parkedSeconds how long the others are, about: more than a park and what it may have to wait for
     */
    public SteadyCycles(Stack stack, Path folder, int rate, int held, int parkedSeconds)
            throws IOException, InterruptedException {
        this.stack = stack;
        this.folder = folder;
        this.rate = rate;
        this.held = held;
        this.lag = Math.ceilDiv(parkedSeconds, BATCH_SECONDS);
        provision();
        parker = sipp("parker", "steady-parker", "-i", "127.0.0.1", "-p", Integer.toString(Registrations.port(stack)));
        callers.add(caller("held", users("held", FIRST_HELD, held), HOLD_RATE, held));
        Awaitility.await().atMost(LIMIT_SECONDS, TimeUnit.SECONDS).until(() -> parked() == held);
    }

    private void provision() throws IOException, InterruptedException {
        var extensions = Stream.concat(
                IntStream.range(FIRST_HELD, FIRST_HELD + held).boxed(),
                IntStream.range(FIRST, FIRST + BATCHES * rate * BATCH_SECONDS).boxed()).map(Object::toString).toList();
        stack.api().putTenantWithoutLimits(TENANT);
        stack.api().putTrunk(CALLER, "steady-trunk", TENANT);
        stack.api().putExtension(TENANT, RETRIEVER, Registrations.password(RETRIEVER));
        int atOnce = 64;
        for (int i = 0; i < extensions.size(); i += atOnce) {
            CompletableFuture.allOf(extensions.subList(i, Math.min(i + atOnce, extensions.size()))
                    .stream()
                    .map(it -> stack.api().putExtensionSoon(TENANT, it, Registrations.password(it)))
                    .toArray(CompletableFuture[]::new)).join();
        }
        Registrations.all(stack, folder.resolve("register"), TENANT, extensions, 300, 90);
    }

    /** The extensions of a batch, as a file for SIPp. */
    private Path batch(int number) throws IOException {
        return users("batch-" + number, FIRST + number % BATCHES * rate * BATCH_SECONDS, rate * BATCH_SECONDS);
    }

    /** Calls that wait now. */
    public int parked() {
        return stack.keys("*:parked:" + TENANT).stream().mapToInt(key -> (int) stack.redis().zcard(key)).sum();
    }

    /** Begins with the cycles. */
    public void start() {
        running = Thread.ofPlatform().start(() -> {
            try {
                int called = 0;
                int taken = 0;
                for (int i = 0; taken < called || !stopping; i++) {
                    if (!stopping) {
                        callers.add(caller("caller-" + i, batch(i), rate, rate * BATCH_SECONDS));
                        called++;
                    }
                    if (i >= lag) {
                        taken++;
                        retrievers.add(retriever("retriever-" + i, batch(i - lag), rate, rate * BATCH_SECONDS));
                    }
                    TimeUnit.SECONDS.sleep(BATCH_SECONDS);
                }
                wanted += called * rate * BATCH_SECONDS;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Begins no more cycles, waits for those that were begun, takes the calls that stayed, and tells how all of it went. */
    public Outcome finish() throws IOException, InterruptedException {
        stopping = true;
        running.join();
        wanted += held;
        retrievers.add(retriever("held-retriever", folder.resolve("held.csv"), HOLD_RATE / 2, held));
        for (SippLoad load : Stream.concat(retrievers.stream(), callers.stream()).toList()) {
            load.await(LIMIT_SECONDS);
        }
        parker.finish(LIMIT_SECONDS);
        return new Outcome(wanted, Math.min(sum(callers), parker.successes()), sum(retrievers),
                count(List.of(parker), line -> line.startsWith("refused ")),
                count(retrievers, line -> line.startsWith("refused ")),
                parker.logged()
                        .stream()
                        .filter(line -> line.startsWith("outcome "))
                        .collect(Collectors.groupingBy(line -> line.substring(8).strip(), TreeMap::new,
                                Collectors.counting())),
                Stream.concat(Stream.of(parker), Stream.concat(callers.stream(), retrievers.stream()))
                        .map(SippLoad::complaints)
                        .filter(it -> !it.isEmpty())
                        .distinct()
                        .limit(5)
                        .collect(Collectors.joining("\n")));
    }

    /** From REFER to the NOTIFY that tells the outcome; when all is over. */
    public Percentiles parkTimes() {
        return parker.messages().between(Which.sent("REFER", "REFER"), Which.received("NOTIFY", "NOTIFY"));
    }

    /** From INVITE to 200, of the first batches; when all is over. */
    public Percentiles retrieveTimes() {
        return retrievers.getFirst()
                .messages()
                .between(Which.sent("INVITE", "INVITE"), Which.received("INVITE", "SIP/2.0 200"));
    }

    private static int sum(List<SippLoad> loads) {
        return loads.stream().mapToInt(SippLoad::successes).sum();
    }

    private static int count(List<SippLoad> loads, Predicate<String> line) {
        return (int) loads.stream().flatMap(load -> load.logged().stream()).filter(line).count();
    }

    private Path users(String name, int first, int count) throws IOException {
        return Files.writeString(folder.resolve(name + ".csv"), IntStream.range(first, first + count)
                .mapToObj(it -> it + "\n")
                .collect(Collectors.joining("", "SEQUENTIAL\n", "")));
    }

    private SippLoad caller(String name, Path users, int perSecond, int count) {
        return sipp(name, "steady-caller", "-inf", users.toString(), "-key", "mediaport", "9", "-aa", "-i", CALLER,
                "-r", Integer.toString(perSecond), "-m", Integer.toString(count));
    }

    private SippLoad retriever(String name, Path users, int perSecond, int count) {
        return sipp(name, "steady-retriever", "-inf", users.toString(), "-i", "127.0.0.1", "-r",
                Integer.toString(perSecond), "-m", Integer.toString(count));
    }

    private SippLoad sipp(String name, String scenario, String... options) {
        var all = new ArrayList<>(List.of(options));
        all.addAll(List.of("-key", "tenant", TENANT, "-l", "20000", "-trace_logs", "-trace_shortmsg",
                "-timeout", "600"));
        return SippLoad.start(folder.resolve(name), scenario,
                stack.sip().getHostString() + ":" + stack.sip().getPort(), all);
    }

    @Override
    public void close() {
        stopping = true;
        running.interrupt();
        callers.forEach(SippLoad::close);
        retrievers.forEach(SippLoad::close);
        parker.close();
    }
}
