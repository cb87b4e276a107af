package io.mooring.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.EdgeInside;
import io.mooring.lab.RawSip;
import io.mooring.lab.Stack;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * What {@link MutationsIT} runs in a namespace, because mutated addresses are those of anybody. The exit status is 0 when everything still
 * runs, nothing is left, and calls are parked and retrieved as before.
 */
final class MutationRun implements AutoCloseable {

    private static final int MESSAGES = Integer.getInteger("mooring.mutations", 2_000);
    private static final long SEED = Long.getLong("mooring.mutations.seed", 4475);
    private static final int A_ROUND = MESSAGES > 20_000 ? 2_500 : 1_000;
    /** So many messages go out before the edge is asked whether it is there; its socket takes them. */
    private static final int BETWEEN_PINGS = 20;
    private static final String OTHER = "bodies.example";

    /** A 200 that nobody acknowledges is given up after 64*T1, and a party that vanished is found after some minutes. */
    private static final Duration GONE = Duration.ofMinutes(6);
    private static final long SHARED_LEFT = 1L << 20;
    private static final long HEAP_LEFT = 8L << 20;
    /** Kamailio keeps so many TCP sockets at hand in each process that has sent over TCP, those that are closed as well (tcp_fd_cache). */
    private static final int CACHED_BY_PROCESS = 8;
    /** Each of the edge's 32 workers keeps a connection to each of two nodes, which has two ends; and a few besides. */
    private static final long FILES_LEFT = 32 * 2 * 2 + 40;

    private static final Pattern BRANCH = Pattern.compile("(?<=branch=)z9hG4bK[^;\r\n]*");
    private static final Pattern CSEQ = Pattern.compile("(?<=CSeq: )\\d{1,9}");
    private static final Pattern CALL_ID = Pattern.compile("(?<=Call-ID: )[^\r\n]*");

    private final Random random = new Random(SEED);
    private final Map<String, Integer> answers = new TreeMap<>();
    private final ArrayDeque<byte[]> latest = new ArrayDeque<>();
    private final Stack stack;
    private final RawSip anybody;
    private final RawSip trunk;
    private final RawTcp tcp;
    private String tenant = "";

    private MutationRun(Stack stack) {
        this.stack = stack;
        this.anybody = RawSip.open(stack.sip(), 5060);
        this.trunk = RawSip.open(stack.sip(), 5060);
        this.tcp = new RawTcp(stack.sip());
    }

    public static void main(String[] arguments) {
        var status = 1;
        try (var stack = Stack.start(2); var run = new MutationRun(stack)) {
            status = run.passes() ? 0 : 1;
        } catch (Throwable e) {
            e.printStackTrace(System.out);
        }
        System.exit(status);
    }

    private boolean passes() {
        try {
            run();
            return true;
        } catch (Throwable e) {
            e.printStackTrace(System.out);
            System.out.println("the last messages are in " + keepLatest());
            return false;
        }
    }

    private void run() throws Exception {
        System.out.printf("mutations: %d messages, seed %d%n", MESSAGES, SEED);
        provision(OTHER);
        provision("first.example");
        stack.api().putTrunk(trunk.address(), "fuzz", "*");
        new Conversation(stack, "first.example", trunk.address()).hold().close();
        stack.awaitNothingLeft(Conversation.SOON);
        var before = Footprint.of(stack);
        var edge = stack.edgeInside();
        var processes = edge.processes();
        var nodes = stack.nodes();
        var started = System.nanoTime();
        for (int sent = 0; sent < MESSAGES; sent += A_ROUND) {
            tenant = "fuzz" + sent / A_ROUND + ".example";
            provision(tenant);
            try (var conversation = new Conversation(stack, tenant, trunk.address()).hold()) {
                round(conversation, Math.min(A_ROUND, MESSAGES - sent), edge, processes);
            }
            forgetRegistrations();
            assertNoDefect();
        }
        System.out.printf("mutations: sent in %d s; %s; %d TCP connections%n",
                (System.nanoTime() - started) / 1_000_000_000,
                answers, tcp.connections());
        System.out.println("before:     " + before);
        System.out.println("at the end: " + Footprint.of(stack));
        assertThat(stack.nodes()).isEqualTo(nodes);
        assertNoDefect();
        assertNothingLeft(before);
        new Conversation(stack, "first.example", trunk.address()).hold().close();
    }

    private void provision(String domain) {
        stack.api().putTenantWithoutLimits(domain);
        for (var extension = 101; extension <= 106; extension++) {
            stack.api().putExtension(domain, "" + extension, "secret-" + extension);
        }
    }

    private void round(Conversation conversation, int messages, EdgeInside edge, Set<Long> processes) throws Exception {
        var sent = conversation.sent();
        var received = conversation.received();
        var corpus = new ArrayList<>(sent);
        corpus.addAll(received);
        var mutator = new Mutator(random, corpus);
        for (int i = 0; i < messages; i++) {
            one(mutator, sent.get(random.nextInt(sent.size())), corpus.get(random.nextInt(corpus.size())), i);
            if (i % BETWEEN_PINGS == BETWEEN_PINGS - 1) {
                if (!anybody.edgeAnswers() || !edge.processes().equals(processes)) {
                    throw new AssertionError("the edge is gone");
                }
            }
        }
    }

    /** Of ten messages five go over UDP, two over TCP, and there is one body each for the nodes' events, the edge and the API. */
    private void one(Mutator mutator, byte[] message, byte[] any, int i) {
        switch (i % 10) {
            case 0, 1, 2, 3, 4 -> (random.nextBoolean() ? anybody : trunk).send(noted(mutator.mutate(anew(message))));
            case 5, 6 -> tcp.send(noted(mutator.mutate(anew(message))), random.nextInt(4) == 0);
            case 7 -> {
                var event = new Event(stack).message(new String(anew(message), StandardCharsets.UTF_8)).tenant(tenant);
                var status = Event.post(stack, noted(random.nextBoolean()
                        ? mutator.mutate(event.bytes())
                        : event.message(new String(mutator.mutate(anew(message)), StandardCharsets.UTF_8)).bytes()))
                        .statusCode();
                count("event", status, Set.of(200, 400, 413));
            }
            case 8 -> count("actions", Bodies.toEdge(stack, noted(mutator.mutate(Bodies.actions(stack, anew(any))))),
                    Set.of(200, 400));
            default -> {
                var one = Bodies.API.get(random.nextInt(Bodies.API.size()));
                var status = Bodies.toApi(stack, OTHER, one,
                        noted(mutator.mutate(one.body().getBytes(StandardCharsets.UTF_8))));
                count("api", status, null);
                assertThat(status).as(one.toString()).isLessThan(500);
            }
        }
    }

    private void count(String where, int status, Set<Integer> expected) {
        answers.merge(where + " " + status, 1, Integer::sum);
        if (expected != null && !expected.contains(status)) {
            throw new AssertionError(where + " answered " + status);
        }
    }

    private byte[] noted(byte[] bytes) {
        latest.add(bytes);
        if (latest.size() > 2 * BETWEEN_PINGS) {
            latest.remove();
        }
        return bytes;
    }

    /** Mostly a transaction of its own: a retransmission gets no further than the edge. */
    private byte[] anew(byte[] message) {
        var text = Mutator.latin(message);
        if (random.nextInt(5) > 0) {
            text = BRANCH.matcher(text).replaceFirst("z9hG4bK" + Long.toHexString(random.nextLong()));
        }
        if (random.nextBoolean()) {
            text = CSEQ.matcher(text)
                    .replaceFirst(number -> "" + (Long.parseLong(number.group()) + random.nextInt(1, 100)));
        }
        if (random.nextInt(4) == 0) {
            text = CALL_ID.matcher(text).replaceFirst(Long.toHexString(random.nextLong()));
        }
        return Mutator.latin(text);
    }

    private String keepLatest() {
        try {
            var file = Files.createTempFile("mutations-", ".txt");
            var text = new StringBuilder();
            latest.forEach(bytes -> text.append("=== ")
                    .append(Arrays.hashCode(bytes))
                    .append('\n')
                    .append(Mutator.latin(bytes))
                    .append('\n'));
            Files.writeString(file, text, StandardCharsets.ISO_8859_1);
            return file.toString();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void assertNoDefect() {
        for (var node : stack.nodes()) {
            assertThat(stack.logLines(node.name(), "\"level\":\"ERROR\"")).as("errors of " + node.name()).isEmpty();
            assertThat(stack.logLines(node.name(), "\"result\":\"defect\"")).isEmpty();
        }
    }

    /** Registrations that mutated messages have made go by themselves after an hour at most; here, at once. */
    private void forgetRegistrations() {
        var registered = stack.edgeInside().ask("ul.dump");
        for (var extension = 101; extension <= 106; extension++) {
            var aor = extension + "@" + tenant;
            if (registered.contains("AoR: " + aor)) {
                stack.edgeInside().ask("ul.rm", "location", aor);
            }
        }
    }

    private void assertNothingLeft(Footprint before) {
        var began = System.nanoTime();
        var filesAtHand = CACHED_BY_PROCESS * stack.edgeInside().processes().size();
        stack.awaitNothingLeft(GONE);
        System.out.printf("mutations: the last call was gone after %d s%n",
                (System.nanoTime() - began) / 1_000_000_000);
        stack.api().deleteTenant(OTHER);
        for (int round = 0; round * A_ROUND < MESSAGES; round++) {
            stack.api().deleteTenant("fuzz" + round + ".example");
        }
        Awaitility.await().atMost(GONE).pollInterval(Duration.ofSeconds(1)).pollInSameThread().untilAsserted(() -> {
            var after = Footprint.of(stack);
            assertThat(after.edgeShared()).isLessThan(before.edgeShared() + SHARED_LEFT);
            assertThat(after.files()).isLessThan(before.files() + FILES_LEFT + filesAtHand);
            assertThat(after.nodeHeap()).isLessThan(before.nodeHeap() + HEAP_LEFT);
            var keys = new TreeSet<>(after.keys());
            keys.removeAll(before.keys());
            assertThat(keys).as("keys that do not expire").isEmpty();
        });
        System.out.printf("afterwards: %s, %d s later%n", Footprint.of(stack),
                (System.nanoTime() - began) / 1_000_000_000);
    }

    @Override
    public void close() {
        anybody.close();
        trunk.close();
        tcp.close();
    }
}
