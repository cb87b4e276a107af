package io.mooring.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A Redis Cluster. A command goes to the primary that has the slot of its key; one without a key to the primary of what is provisioned. Who
 * has it no more says so, and the command goes on to whom it names. A primary that does not answer, or that says that the cluster is down,
 * fails the command, and with the next one all servers are asked anew who has which slot.
 */
final class RedisCluster implements RedisServers {
    /** Who says that a slot has moved has carried nothing out; who says so again and again is wrong. */
    private static final int MOST_MOVES = 3;
    /** Between two questions who has which slot. */
    private static final long ASKED_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** Of the limit of a command. */
    private static final int PATIENCE_PART = 4;
    /** While keys of one slot move, a command of two of them finds one here and one there. */
    private static final long TRY_AGAIN_MILLIS = 50;

    private final Vertx vertx;
    private final RedisSetup setup;
    private final Duration limit;
    private final Map<String, RedisPrimary> primaries = new HashMap<>();
    private @Nullable SlotMap map;
    private @Nullable Future<SlotMap> asking;
    private boolean isDoubtful;
    private long askedNanos;
    /** When a slot was last seen at another primary than before. */
    private long changedNanos = System.nanoTime();

    RedisCluster(Vertx vertx, RedisSetup setup, Duration limit) {
        this.vertx = vertx;
        this.setup = setup;
        this.limit = limit;
    }

    @Override
    public boolean isOneStream() {
        return false;
    }

    @Override
    public Future<@Nullable Response> send(Request request) {
        return send(request, false);
    }

    @Override
    public Future<@Nullable Response> sendReplicated(Request request) {
        return send(request, true);
    }

    private Future<@Nullable Response> send(Request request, boolean toReplica) {
        int slot = HashSlot.of(request).orElseGet(() -> HashSlot.of(Keys.CONFIG));
        long deadline = System.nanoTime() + limit.toNanos();
        return map().compose(known -> at(slot, known, primary -> toReplica
                ? primary.sendReplicated(request)
                : primary.send(request)))
                .recover(failure -> redirected(new Sending(request, toReplica, slot, deadline), failure, MOST_MOVES));
    }

    /** A command on its way. */
    private record Sending(Request request, boolean toReplica, int slot, long deadlineNanos) {}

    private Future<@Nullable Response> redirected(Sending sending, Throwable failure, int moves) {
        String message = String.valueOf(failure.getMessage());
        if (moves == 0 || System.nanoTime() - sending.deadlineNanos > 0) {
            isDoubtful = true;
            return Future.failedFuture(failure);
        }
        Future<@Nullable Response> again;
        if (message.startsWith("MOVED ")) {
            String to = target(message);
            isDoubtful = true;
            changedNanos = System.nanoTime();
            if (map != null) {
                map.move(sending.slot, to);
            }
            RedisPrimary primary = primary(to);
            again = sending.toReplica ? primary.sendReplicated(sending.request) : primary.send(sending.request);
        } else if (message.startsWith("ASK ")) {
            again = primary(target(message)).sendAsking(sending.request, sending.toReplica);
        } else if (message.startsWith("TRYAGAIN")) {
            again = vertx.timer(TRY_AGAIN_MILLIS)
                    .compose(waited -> map())
                    .compose(known -> at(sending.slot, known, primary -> sending.toReplica
                            ? primary.sendReplicated(sending.request)
                            : primary.send(sending.request)));
        } else {
            isDoubtful |= isOfTheCluster(failure);
            return Future.failedFuture(failure);
        }
        return again.recover(next -> redirected(sending, next, moves - 1));
    }

    /** Not what is wrong with the command itself: {@code NOSCRIPT}, say. */
    private static boolean isOfTheCluster(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return !(failure instanceof ErrorType)
                || message.startsWith("CLUSTERDOWN")
                || message.startsWith("READONLY")
                || message.startsWith("LOADING")
                || message.startsWith("MASTERDOWN")
                || message.startsWith("NOREPLICAS");
    }

    /** {@code MOVED 3999 127.0.0.1:6381}; an IPv6 address has no brackets. */
    private static String target(String message) {
        String address = message.substring(message.lastIndexOf(' ') + 1);
        int colon = address.lastIndexOf(':');
        return SlotMap.bracketed(address.substring(0, colon)) + address.substring(colon);
    }

    private static <T extends @Nullable Object> Future<T> noPrimary() {
        return Future.failedFuture(new StoreUnavailableException("no primary has the slot"));
    }

    private <T extends @Nullable Object> Future<T> at(int slot, SlotMap known,
            Function<RedisPrimary, Future<T>> sending) {
        return known.primary(slot).map(address -> sending.apply(primary(address))).orElseGet(RedisCluster::noPrimary);
    }

    private RedisPrimary primary(String address) {
        return primaries.computeIfAbsent(address,
                it -> new RedisPrimary(vertx, setup.options(it, limit), true, limit));
    }

    @Override
    public Future<Void> awaitReplicasSince(long sinceNanos, Collection<String> keys) {
        return map().compose(known -> {
            if (changedNanos - sinceNanos > 0) {
                // What was read may have been read at a primary that was none any more.
                return Future.<Void>failedFuture(new StoreUnavailableException("another primary has taken over"));
            }
            Map<String, Integer> slots = new LinkedHashMap<>();
            for (String key : keys) {
                int slot = HashSlot.of(key);
                slots.putIfAbsent(known.primary(slot).orElse(""), slot);
            }
            return Future.all(slots.entrySet()
                    .stream()
                    .map(one -> one.getKey().isEmpty()
                            ? RedisCluster.<Void>noPrimary()
                            : primary(one.getKey()).awaitReplicasSince(sinceNanos,
                                    "barrier:{" + HashSlot.tag(one.getValue()) + "}"))
                    .toList()).<Void>mapEmpty();
        }).onFailure(failure -> isDoubtful = true);
    }

    /** What is known is used while the servers are asked anew: most primaries are where they were, and the others say so. */
    private Future<SlotMap> map() {
        SlotMap known = map;
        if (asking == null && (known == null || isDoubtful && System.nanoTime() - askedNanos > ASKED_AGAIN_NANOS)) {
            ask(known);
        }
        if (known != null) {
            return Future.succeededFuture(known);
        }
        return asking == null ? noPrimary() : asking;
    }

    private void ask(@Nullable SlotMap known) {
        Set<String> addresses = new HashSet<>(setup.addresses());
        if (known != null) {
            addresses.addAll(known.servers());
        }
        isDoubtful = false;
        Future<SlotMap> asked = SlotMap.ask(vertx, address -> setup.options(address, limit), addresses,
                limit.toMillis() / PATIENCE_PART);
        asking = asked;
        asked.onSuccess(this::take).onFailure(failure -> isDoubtful = true).onComplete(done -> {
            asking = null;
            askedNanos = System.nanoTime();
        });
    }

    private void take(SlotMap said) {
        if (map != null && !map.hasSamePrimaries(said)) {
            changedNanos = System.nanoTime();
        }
        map = said;
        Set<String> now = said.primaries();
        primaries.entrySet().removeIf(one -> {
            boolean isGone = !now.contains(one.getKey());
            if (isGone) {
                one.getValue().close();
            }
            return isGone;
        });
    }

    @Override
    public void close() {
        primaries.values().forEach(RedisPrimary::close);
        primaries.clear();
    }
}
