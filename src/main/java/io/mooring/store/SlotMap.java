package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which primary of a Redis Cluster has which slot, as one server of it has said. Used on one loop only. */
final class SlotMap {
    private final @Nullable String[] primaries;
    /** Replicas too: one of them may be a primary when we ask next. */
    private final Set<String> servers;

    private SlotMap(@Nullable String[] primaries, Set<String> servers) {
        this.primaries = primaries;
        this.servers = servers;
    }

    /**
     * What a server has said.
     *
     * @param isWhole whether it thinks that the cluster works; one that is cut off does not, after a while
     * @param epoch of the cluster, which rises with each fail-over
     */
    private record Said(boolean isWhole, long epoch, SlotMap map) {}

    /**
     * Asks all servers at once, and takes what the one says that knows most.
     *
     * @param options for a connection to an address
     * @param patienceMillis that each gets
     * @return fails when none answers
     */
    static Future<SlotMap> ask(Vertx vertx, Function<String, RedisOptions> options, Collection<String> addresses,
            long patienceMillis) {
        List<Future<Optional<Said>>> asked = addresses.stream()
                .map(address -> ask(vertx, options.apply(address), address, patienceMillis))
                .toList();
        return Future.all(asked)
                .compose(all -> asked.stream()
                        .flatMap(one -> one.result().stream())
                        .max(Comparator.comparing(Said::isWhole).thenComparing(Said::epoch))
                        .map(said -> Future.succeededFuture(said.map))
                        .orElseGet(() -> Future.failedFuture(
                                new StoreUnavailableException("no server of the cluster answers"))));
    }

    private static Future<Optional<Said>> ask(Vertx vertx, RedisOptions options, String address,
            long patienceMillis) {
        Redis client = Redis.createClient(vertx, options);
        return client.connect()
                .compose(connection -> connection.batch(List.of(Request.cmd(Command.CLUSTER).arg("INFO"),
                        Request.cmd(Command.CLUSTER).arg("SLOTS"))))
                .map(answers -> Optional.of(said(String.valueOf(answers.get(0)), Objects.requireNonNull(answers.get(1)),
                        address)))
                .timeout(patienceMillis, TimeUnit.MILLISECONDS)
                .otherwise(Optional.empty())
                .onComplete(done -> client.close());
    }

    private static Said said(String info, Response slots, String address) {
        long epoch = info.lines()
                .filter(line -> line.startsWith("cluster_current_epoch:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                .findFirst()
                .orElse(0);
        return new Said(info.contains("cluster_state:ok"), epoch, parse(slots, address));
    }

    /** @param asked address of who has answered: who does not know its own name leaves it out */
    private static SlotMap parse(Response slots, String asked) {
        var primaries = new @Nullable String[HashSlot.COUNT];
        var servers = new ArrayList<String>();
        for (Response range : slots) {
            for (int i = 2; i < range.size(); i++) {
                servers.add(address(range.get(i), asked));
            }
            Arrays.fill(primaries, Integer.parseInt(range.get(0).toString()),
                    Integer.parseInt(range.get(1).toString()) + 1, address(range.get(2), asked));
        }
        return new SlotMap(primaries, Set.copyOf(servers));
    }

    private static String address(Response server, String asked) {
        Response host = server.get(0);
        String name = host == null || host.toString().isEmpty() || host.toString().equals("?")
                ? asked.substring(0, asked.lastIndexOf(':'))
                : bracketed(host.toString());
        return name + ":" + server.get(1);
    }

    /** As an URL has it. */
    static String bracketed(String host) {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    /** The primary of a slot, {@code host:port}; empty when it has none. */
    Optional<String> primary(int slot) {
        return Optional.ofNullable(primaries[slot]);
    }

    /** Notes what the server has said that had the slot until now. */
    void move(int slot, String address) {
        primaries[slot] = address;
    }

    Set<String> primaries() {
        return Arrays.stream(primaries).filter(Objects::nonNull).collect(Collectors.toSet());
    }

    Set<String> servers() {
        return servers;
    }

    boolean hasSamePrimaries(SlotMap other) {
        return Arrays.equals(primaries, other.primaries);
    }
}
