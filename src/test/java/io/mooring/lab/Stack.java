package io.mooring.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.audio.Music;
import io.mooring.store.ClusterClient;
import io.mooring.store.RedisLab;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.JedisSentineled;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.ScanParams;

/**
 * A whole Mooring on loopback: Kamailio, rtpengine, Redis and nodes, started by the launcher on free ports with a state
 * folder of its own, and looked at from outside.
 *
 * <p>It ends with {@link #close}, and also when this Java machine ends in any other way: a keeper process, which reads from a
 * pipe of ours, then takes it down.
 */
public final class Stack implements AutoCloseable {

    public static final String TENANT = "acme.example";
    /** From where the demo tenant's trunk sends. */
    public static final String TRUNK_ADDRESS = "127.0.0.2";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path LAUNCHER = Path.of("mooring").toAbsolutePath();
    private static final HttpClient HTTP = HttpClient.newBuilder()
            // rtpengine does not answer a request that offers HTTP/2.
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private static final int TRIES = 5;
    private static final Set<String> OVER = Set.of("ABANDONED", "EXPIRED", "ENDED");
    private static final int REMEMBERED_SECONDS = 32;

    private final Path state;
    private final @Nullable RtpPorts rtp;
    private final @Nullable OutputStream keeper;
    private JsonNode description;
    private final UnifiedJedis redis;
    private final Optional<RedisLab> lab;
    private @Nullable Music music;

    /** A node as the launcher describes it. */
    public record Node(String name, long pid, String api, String edge, String admin, Path log) {}

    private Stack(Path state, @Nullable RtpPorts rtp, @Nullable OutputStream keeper, Map<String, String> settings,
            Optional<RedisLab> lab) throws IOException {
        this.lab = lab;
        this.state = state;
        this.rtp = rtp;
        this.keeper = keeper;
        this.description = JSON.readTree(state.resolve("stack.json").toFile());
        this.redis = settings.containsKey("MOORING_REDIS_SENTINELS")
                ? client(settings)
                : lab.map(RedisLab::client).orElseGet(() -> client(settings));
    }

    private UnifiedJedis client(Map<String, String> settings) {
        var sentinels = settings.getOrDefault("MOORING_REDIS_SENTINELS", "");
        if (!sentinels.isEmpty()) {
            return new JedisSentineled("mymaster", DefaultJedisClientConfig.builder().build(),
                    Stream.of(sentinels.split(",")).map(HostAndPort::from).collect(Collectors.toSet()),
                    DefaultJedisClientConfig.builder().build());
        }
        var url = URI.create(description.at("/redis/url").asText());
        var attached = description.at("/redis/cluster").asText();
        if (!attached.isEmpty()) {
            return new ClusterClient(attached, url.getUserInfo().replaceFirst("^:", ""));
        }
        var cluster = settings.getOrDefault("MOORING_REDIS_CLUSTER", "");
        return cluster.isEmpty()
                ? new JedisPooled(url)
                : new ClusterClient(cluster);
    }

    /** Starts a stack of its own. */
    public static Stack start(int nodes) {
        return start(nodes, Map.of());
    }

    /**
     * A stack of its own, on Redis of the kind that {@code -Dmooring.redis} asks for.
     *
     * @param settings more environment for the launcher, such as {@code MOORING_REINVITE_TIMEOUT_MILLIS}
     */
    public static Stack start(int nodes, Map<String, String> settings) {
        if (RedisLab.isPlain() || settings.keySet().stream().anyMatch(it -> it.startsWith("MOORING_REDIS_"))) {
            return start(nodes, settings, Optional.empty());
        }
        var lab = RedisLab.start();
        var all = new HashMap<>(settings);
        all.putAll(lab.settings());
        try {
            return start(nodes, all, Optional.of(lab));
        } catch (RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private static Stack start(int nodes, Map<String, String> settings, Optional<RedisLab> lab) {
        for (var attempt = 1;; attempt++) {
            try {
                var state = Files.createTempDirectory("mooring-lab-");
                var rtp = RtpPorts.claim();
                var environment = new HashMap<>(freePorts(nodes));
                environment.put("MOORING_RTP_PORTS", rtp.toString());
                environment.put("MOORING_STATE_DIR", state.toString());
                // Maven may be running this very test: it must not be started again beside itself.
                environment.put("MOORING_BUILD", "never");
                // The build quietens the nodes of unit tests; here their events are evidence.
                environment.put("MOORING_LOG_LEVEL", "INFO");
                environment.putAll(settings);
                var keeper = keep(state);
                var up = run(Duration.ofMinutes(8), environment, LAUNCHER.toString(), "up", "--nodes",
                        Integer.toString(nodes), "--json");
                if (up.status() == 0) {
                    return new Stack(state, rtp, keeper, settings, lab);
                }
                keepLogs(state);
                keeper.close();
                rtp.close();
                if (!up.output().contains("in use") || attempt == TRIES) {
                    throw new IllegalStateException("the stack did not start: " + up.output());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A stack that somebody else started and will stop. */
    public static Stack attach(Path stackJson) {
        try {
            return new Stack(stackJson.toAbsolutePath().getParent(), null, null, Map.of(), Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @return the end of a pipe: when it closes, by us or because we are gone, the stack is taken down */
    private static OutputStream keep(Path state) throws IOException {
        var script = "trap '' INT TERM; cat >/dev/null; MOORING_STATE_DIR=\"$1\" \"$0\" down --purge >/dev/null 2>&1; "
                + "rm -rf \"$1\"";
        var keeper = new ProcessBuilder("setsid", "bash", "-c", script, LAUNCHER.toString(), state.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return keeper.getOutputStream();
    }

    /** A block of ports where nobody listens now; if somebody does a moment later, the launcher says so. */
    private static Map<String, String> freePorts(int nodes) {
        var random = ThreadLocalRandom.current();
        while (true) {
            var base = 10_000 + random.nextInt(100) * 100;
            var sip = base + 95;
            var rtpengine = base + 5;
            var free = isFree(sip) && isFreeUdp(sip) && isFreeUdp(rtpengine) && isFreeUdp(rtpengine + 2);
            for (var port = base; free && port < base + 10 * nodes; port++) {
                free = isFree(port);
            }
            if (free) {
                return Map.of("MOORING_HTTP_PORT", "" + base, "MOORING_SIP_PORT", "" + sip);
            }
        }
    }

    private static boolean isFree(int port) {
        try (var unused = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isFreeUdp(int port) {
        try (var unused = new DatagramSocket(new InetSocketAddress("127.0.0.1", port))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    // --- Where things are ---

    public InetSocketAddress sip() {
        return new InetSocketAddress(description.at("/sip/host").asText(), description.at("/sip/port").asInt());
    }

    /** URL at which the edge takes actions. */
    public String edgeControl() {
        return description.at("/edge/control").asText();
    }

    /** What the edge says of itself. */
    public String edgeHealth() {
        return get(edgeControl() + "/edge/v1/health");
    }

    /** Where {@link #edgeToken} is. */
    Path edgeTokenFile() {
        return state.resolve("edge-token");
    }

    public String redisUrl() {
        return description.at("/redis/url").asText();
    }

    public UnifiedJedis redis() {
        return redis;
    }

    /** Kamailio as its operator sees it. */
    public EdgeInside edgeInside() {
        return new EdgeInside(pid("kamailio"), state.resolve("kamailio").resolve("ctl.sock"));
    }

    /** What edges and nodes show to one another. */
    public String edgeToken() {
        return read("edgeTokenFile");
    }

    public Path log(String part) {
        return state.resolve("log").resolve(part + ".log");
    }

    public long pid(String part) {
        for (var each : description.get("parts")) {
            if (each.get("name").asText().equals(part)) {
                return each.get("pid").asLong();
            }
        }
        throw new IllegalArgumentException("no part is called " + part);
    }

    public List<String> parts() {
        var names = new ArrayList<String>();
        description.get("parts").forEach(part -> names.add(part.get("name").asText()));
        return names;
    }

    public List<Node> nodes() {
        var nodes = new ArrayList<Node>();
        for (var node : description.get("nodes")) {
            var name = node.get("name").asText();
            nodes.add(new Node(name, node.get("pid").asLong(), node.get("api").asText(), node.get("edge").asText(),
                    node.get("admin").asText(), log(name)));
        }
        return nodes;
    }

    public Api api() {
        return new Api(nodes().getFirst().api(), operatorToken());
    }

    /** The API of one node, as whoever has the token. */
    public Api api(Node node, String token) {
        return new Api(node.api(), token);
    }

    public String operatorToken() {
        return read("operatorTokenFile");
    }

    private String read(String file) {
        try {
            return Files.readString(Path.of(description.get(file).asText())).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public synchronized Music music() {
        if (music == null) {
            music = Music.of(Path.of(description.get("musicFile").asText()));
        }
        return music;
    }

    // --- Phones ---

    /** A phone of the demo tenant, not yet open. */
    public TestPhone.Builder phone(String extension) {
        return TestPhone.builder().edge(sip()).domain(TENANT).user(extension).password("demo-" + extension);
    }

    /** A caller from the demo tenant's trunk, not yet open. */
    public TestPhone.Builder trunkCaller(String user) {
        return TestPhone.builder()
                .edge(sip())
                .domain(TENANT)
                .user(user)
                .from("sip:" + user + "@carrier.example")
                .displayName(user)
                .address(TRUNK_ADDRESS);
    }

    // --- What is left, and who did it ---

    /**
     * The keys of calls that are not over; an ended call is remembered for half a minute, for events that come twice.
     *
     * @param tenant a domain, or {@code *}
     */
    public List<String> callKeys(String tenant) {
        return whileRedisFailsOver(() -> callKeysNow(tenant));
    }

    private List<String> callKeysNow(String tenant) {
        var keys = new ArrayList<>(keys("*:place:" + tenant + ":*", "*:parked:" + tenant, "*:held:" + tenant));
        for (var call : keys("*:call:" + tenant + ":*")) {
            var state = redis.hget(call, "state");
            if (state != null && !(OVER.contains(state) && redis.ttl(call) <= REMEMBERED_SECONDS)) {
                keys.add(call + " " + state);
            }
        }
        return keys;
    }

    public List<String> keys(String... patterns) {
        return whileRedisFailsOver(() -> keysNow(patterns));
    }

    private List<String> keysNow(String... patterns) {
        var found = new ArrayList<String>();
        for (var pattern : patterns) {
            if (redis instanceof ClusterClient cluster) {
                found.addAll(cluster.keys(pattern));
                continue;
            }
            var cursor = ScanParams.SCAN_POINTER_START;
            do {
                var page = redis.scan(cursor, new ScanParams().match(pattern).count(1_000));
                found.addAll(page.getResult());
                cursor = page.getCursor();
            } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        }
        return found;
    }

    /** Lets something be due now in the parked calls of a tenant, as if the time had gone by. */
    public void bringForward(String tenant, String timer) {
        bringForward(tenant, "", timer);
    }

    /** @param place of the call; empty: any */
    public void bringForward(String tenant, String place, String timer) {
        putOff(tenant, place, timer, 1);
    }

    /** Lets something be due at another time. */
    public void putOff(String tenant, String place, String timer, long atMillis) {
        whileRedisFailsOver(() -> {
            putOffOnce(tenant, place, timer, atMillis);
            return List.of();
        });
    }

    /** Asks again for as long as there is no primary. */
    private static List<String> whileRedisFailsOver(Supplier<List<String>> asked) {
        var found = new AtomicReference<List<String>>(List.of());
        Awaitility.await().atMost(Duration.ofSeconds(30)).pollDelay(Duration.ZERO).pollInSameThread().until(() -> {
            try {
                found.set(asked.get());
                return true;
            } catch (JedisException e) {
                return false;
            }
        });
        return found.get();
    }

    private void putOffOnce(String tenant, String place, String timer, long atMillis) {
        for (var key : keys("*:call:" + tenant + ":*")) {
            redis.eval(PUT_OFF, List.of(key, key.substring(0, key.indexOf(':')) + ":due"),
                    List.of(place, timer, tenant + "/" + key.substring(key.lastIndexOf(':') + 1), "" + atMillis));
        }
    }

    /** Settings of an edge by which it reaches a Redis of another kind than one server; empty for that one. */
    public Map<String, String> redisSettings() {
        return lab.map(RedisLab::settings).orElseGet(Map::of);
    }

    /** The calls of a tenant as they are in Redis, to look at. */
    public List<String> calls(String tenant) {
        return keys("*:call:" + tenant + ":*").stream().map(key -> key + " " + redis.hgetAll(key)).toList();
    }

    /** In one step: a node may be writing the call. */
    private static final String PUT_OFF = """
            local call = redis.call('HMGET', KEYS[1], 'data', 'place')
            if not call[1] or (ARGV[1] ~= '' and call[2] ~= ARGV[1]) then return 0 end
            local data, found = string.gsub(call[1], '"' .. ARGV[2] .. '":%d+', '"' .. ARGV[2] .. '":' .. ARGV[4])
            if found > 0 then
              redis.call('HSET', KEYS[1], 'data', data)
              redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
            end
            return found
            """;

    /** How many sessions rtpengine holds now. */
    public int mediaSessions() {
        return (int) scrape(description.at("/rtpengine/metrics").asText()).entrySet()
                .stream()
                .filter(metric -> metric.getKey().startsWith("rtpengine_sessions{type=\"own\"")
                        || metric.getKey().equals("rtpengine_sessions"))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** How many sessions rtpengine has kept for its next start. */
    public long keptMediaSessions() {
        try (var kept = mediaRedis()) {
            return kept.dbSize();
        }
    }

    /** What rtpengine has kept is lost, as with its Redis. */
    public void forgetMediaSessions() {
        try (var kept = mediaRedis()) {
            kept.flushDB();
        }
    }

    /** Where rtpengine keeps its sessions, whatever the nodes use. */
    private JedisPooled mediaRedis() {
        return new JedisPooled(URI.create(description.at("/rtpengine/redis").asText()));
    }

    /** Waits until Redis holds no call of the tenant ({@code *}: of any). */
    public void awaitNothingLeft(String tenant, Duration within) {
        patience(within).untilAsserted(() -> assertThat(callKeys(tenant)).as("keys left in Redis").isEmpty());
    }

    /** Waits until no call of the tenant holds the place. */
    public void awaitFree(String tenant, String place, Duration within) {
        patience(within).until(() -> keys("*:place:" + tenant + ":" + place).isEmpty());
    }

    /** Waits until Redis holds no call and rtpengine no session. */
    public void awaitNothingLeft(Duration within) {
        awaitNothingLeft("*", within);
        patience(within).untilAsserted(() -> assertThat(mediaSessions()).as("sessions left in rtpengine").isZero());
    }

    /** Takes every call away, with its media, as if it had never been; the phones are not told. */
    public void discardCalls() {
        part("stop", "rtpengine");
        for (var key : keys("*:call:*", "*:ended:*", "*:event:*", "*:place:*", "*:parked:*", "*:held:*", "*:due",
                "own:*")) {
            redis.del(key);
        }
        forgetMediaSessions();
        part("start", "rtpengine");
    }

    private static ConditionFactory patience(Duration within) {
        return Awaitility.await().atMost(within).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(25));
    }

    /** A counter by node: names as in the Prometheus text, with labels as there; 0 where there is none. */
    public Map<String, Long> counter(String metric) {
        return atNodes(metrics -> metrics.getOrDefault(metric, 0.0));
    }

    /** The sum of some counters by node, whatever their labels. */
    public Map<String, Long> sum(String... names) {
        return atNodes(metrics -> metrics.entrySet()
                .stream()
                .filter(metric -> List.of(names).contains(metric.getKey().replaceAll("\\{.*", "")))
                .mapToDouble(Map.Entry::getValue)
                .sum());
    }

    private Map<String, Long> atNodes(ToDoubleFunction<Map<String, Double>> value) {
        var values = new TreeMap<String, Long>();
        for (var node : nodes()) {
            try {
                values.put(node.name(), Math.round(value.applyAsDouble(scrape(node.admin() + "/metrics"))));
            } catch (UncheckedIOException e) {
                values.put(node.name(), 0L); // stopped
            }
        }
        return values;
    }

    /** Which nodes counted since the earlier values. */
    public List<String> whoCounted(String metric, Map<String, Long> before) {
        return counter(metric).entrySet()
                .stream()
                .filter(node -> node.getValue() > before.getOrDefault(node.getKey(), 0L))
                .map(Map.Entry::getKey)
                .toList();
    }

    public static final String PARKS = "mooring_parks_total{result=\"ok\"}";
    public static final String RETRIEVES = "mooring_retrieves_total{result=\"ok\"}";

    /** Lines of a part's log that contain the text. */
    public List<String> logLines(String part, String text) {
        try (var lines = Files.lines(log(part))) {
            return lines.filter(line -> line.contains(text)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Double> scrape(String url) {
        var metrics = new HashMap<String, Double>();
        get(url).lines().filter(line -> !line.isEmpty() && line.charAt(0) != '#').forEach(line -> {
            var space = line.lastIndexOf(' ');
            metrics.put(line.substring(0, space), Double.parseDouble(line.substring(space + 1)));
        });
        return metrics;
    }

    static String get(String url) {
        try {
            var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build();
            return HTTP.send(request, BodyHandlers.ofString()).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    // --- Doing it harm ---

    /** Stops, starts, kills, freezes or thaws a part; all servers of Redis at once, when it is of another kind than one server. */
    public void part(String verb, String name) {
        if (lab.isEmpty() || !name.equals("redis")) {
            part(verb, name, Map.of());
            return;
        }
        switch (verb) {
            case "stop", "kill" -> lab.get().kill();
            case "start" -> lab.get().restart();
            case "freeze" -> lab.get().freeze();
            case "thaw" -> lab.get().thaw();
            default -> throw new IllegalArgumentException(verb);
        }
    }

    /** @param settings more environment for the launcher, such as {@code MOORING_JAR} */
    public void part(String verb, String name, Map<String, String> settings) {
        var environment = new HashMap<>(settings);
        environment.put("MOORING_STATE_DIR", state.toString());
        environment.put("MOORING_BUILD", "never");
        var done = run(Duration.ofSeconds(60), environment, LAUNCHER.toString(), "part", verb, name);
        if (done.status() != 0) {
            throw new IllegalStateException(verb + " " + name + ": " + done.output());
        }
        try {
            description = JSON.readTree(state.resolve("stack.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        redis.close();
        if (rtp == null) {
            return;
        }
        var down = run(Duration.ofSeconds(60), Map.of("MOORING_STATE_DIR", state.toString()), LAUNCHER.toString(),
                "down");
        try {
            keepLogs(state);
            if (keeper != null) {
                keeper.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            rtp.close();
            lab.ifPresent(RedisLab::close);
        }
        if (down.status() != 0) {
            throw new IllegalStateException("the stack did not go down: " + down.output());
        }
    }

    /** The logs of a run end up beside the test reports. */
    private static void keepLogs(Path state) throws IOException {
        var kept = Path.of("target", "lab-logs", state.getFileName().toString());
        if (Files.notExists(state.resolve("log"))) {
            return;
        }
        Files.createDirectories(kept);
        try (Stream<Path> logs = Files.list(state.resolve("log"))) {
            for (var log : logs.sorted(Comparator.naturalOrder()).toList()) {
                Files.copy(log, kept.resolve(log.getFileName().toString()));
            }
        }
    }

    private record Result(int status, String output) {}

    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

    private static Result run(Duration within, Map<String, String> environment, String... command) {
        try {
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            var out = Files.createTempFile("mooring-lab-", ".out");
            try {
                var process = builder.redirectOutput(out.toFile()).start();
                process.getOutputStream().close();
                if (!process.waitFor(within.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroy();
                    return new Result(-1, "no end after " + within + ": " + Files.readString(out));
                }
                return new Result(process.exitValue(), COLOUR.matcher(Files.readString(out)).replaceAll(""));
            } finally {
                Files.delete(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "stack at " + sip() + " (" + state + ")";
    }
}
