package io.mooring.store;

import io.mooring.call.Call;
import io.mooring.call.CallEvent;
import io.mooring.call.CallState;
import io.mooring.call.HandledEvent;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Calls in Redis. A write is a compare-and-set on the epoch that was read; {@code redis/README.md} has the keys.
 *
 * <p>All methods wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class CallStore {
    /** No call lives longer. Renewed with each write. */
    private static final long LIFETIME_MILLIS = 24 * 3_600_000L;

    private static final long LIFETIME_SECONDS = LIFETIME_MILLIS / 1_000;

    /** How long an ended dialog is remembered, for requests that cross its end: 64*T1 [RFC 3261 17]. */
    private static final int AFTERLIFE_SECONDS = 32;

    private static final int MOST_EDGES = 32;
    /** Longer than an event takes, and short against what an edge waits for its answer. */
    private static final int BEGUN_MILLIS = 1_000;

    /** An edge says where it is twice a minute. */
    private static final int EDGE_SILENT_SECONDS = 150;

    private static final String AFTERLIFE_MILLIS = Long.toString(AFTERLIFE_SECONDS * 1_000L);

    /** What an event finds. */
    public sealed interface Found {
        /** No such call. */
        record Nothing() implements Found {}

        /** The event was handled before. */
        record Before(HandledEvent event) implements Found {}

        /** The call as it is now. */
        record Now(Call call) implements Found {}
    }

    private final RedisAccess redis;
    private final Keys keys;
    private final LuaScript saveCall = LuaScript.load("save_call");
    private final LuaScript endCall = LuaScript.load("end_call");
    private final LuaScript releaseDialog = LuaScript.load("release_dialog");
    private final LuaScript findPlace = LuaScript.load("find_place");

    public CallStore(RedisAccess redis, Keys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    /** The keys of a call, and of an event of it. */
    private record Name(String call, String ended, String event) {}

    private Optional<Name> name(String owner, String event) {
        int slash = owner.indexOf('/');
        if (slash <= 0) {
            return Optional.empty();
        }
        String tenant = owner.substring(0, slash);
        String id = owner.substring(slash + 1);
        return Optional.of(new Name(keys.call(tenant, id), keys.ended(tenant, id), keys.event(tenant, id, event)));
    }

    /**
     * Waits until it is sure that what was read since then of a tenant's calls, and of who owns some dialogs, was up to date, and that what was
     * written has come to stay: it is at a replica.
     *
     * @param sinceNanos {@link System#nanoTime()}
     * @throws StoreUnavailableException when this Redis may not be the primary any more: another one may know better
     */
    public void requireReplicaSince(long sinceNanos, String tenant, Collection<String> callIds) {
        var read = new ArrayList<>(List.of(keys.due(tenant)));
        callIds.forEach(callId -> read.add(Keys.dialog(callId)));
        redis.awaitReplicasSince(sinceNanos, read).await();
    }

    /** Reads a call by its owner text; one that is over is known for a while yet. */
    public Optional<Call> load(String owner) {
        return name(owner, "").flatMap(name -> call(ask(name.call).await())
                .or(() -> call(ask(name.ended).await())));
    }

    /** The same for an event: what it got is told when it was handled already, else the call as it is now. */
    public Found load(String owner, String event) {
        Name name = name(owner, event).orElse(null);
        if (name == null) {
            return new Found.Nothing();
        }
        Future<@Nullable Response> call = ask(name.call);
        Response before = redis.send(Request.cmd(Command.GET).arg(name.event));
        if (before != null) {
            String text = before.toString();
            int end = text.indexOf('\n');
            return new Found.Before(new HandledEvent(event, text.substring(0, end), text.substring(end + 1)));
        }
        return call(call.await())
                .or(() -> call(ask(name.ended).await()))
                .<Found>map(Found.Now::new)
                .orElseGet(Found.Nothing::new);
    }

    private Future<@Nullable Response> ask(String key) {
        return redis.submit(Request.cmd(Command.HMGET).arg(key).arg("epoch").arg("data").arg("place"));
    }

    private static Optional<Call> call(@Nullable Response found) {
        return found == null ? Optional.empty() : call(found.get(0), found.get(1), found.get(2));
    }

    /**
     * The call that is next at one of some places of the tenant: the first that waits, in the order of the places and, at one place,
     * of their coming; when none waits, the first that is there at all.
     */
    public Optional<Call> at(String tenant, List<String> places) {
        var arguments = new ArrayList<>(List.of(keys.calls(tenant), keys.places(tenant)));
        arguments.addAll(places);
        Response found = findPlace
                .run(redis, List.of(keys.held(tenant), keys.orbits(tenant)), arguments)
                .await();
        return found == null || found.size() < 3
                ? Optional.empty()
                : call(found.get(0), found.get(1), found.get(2));
    }

    /**
     * The call that was retrieved from one of some places, not longer ago than half a minute; its place in this copy is where it was.
     * Empty when none was.
     */
    public Optional<Call> takenFrom(String tenant, List<String> places) {
        for (String place : places) {
            Response owner = redis.send(Request.cmd(Command.GET).arg(keys.taken(tenant, place)));
            Optional<Call> call = owner == null ? Optional.empty() : load(owner.toString());
            if (call.isPresent()) {
                call.get().place = place;
                return call;
            }
        }
        return Optional.empty();
    }

    /** A call as it is kept. */
    static Optional<Call> call(
            @Nullable Response epoch, @Nullable Response data, @Nullable Response place) {
        if (epoch == null || data == null) {
            return Optional.empty();
        }
        Call call = Records.read(data, Call.class);
        call.epoch = Long.parseLong(epoch.toString());
        if (place != null) {
            call.place = place.toString();
        }
        return Optional.of(call);
    }

    /** Writes a call that is the outcome of no event. */
    public SaveOutcome save(Call call, PlaceOrder order) {
        return save(call, order, HandledEvent.NONE, Optional.empty());
    }

    /**
     * Writes a call, and with it its place and due time. When it was written, the epoch of the working copy rises, and its place is
     * the one that it got.
     *
     * @param event that this is the outcome of, kept with its actions for 32 s; an empty key: it is not
     * @param told what has happened to the call by that, for its history
     */
    public SaveOutcome save(Call call, PlaceOrder order, HandledEvent event, Optional<CallEvent> told) {
        if (call.state.isOver()) {
            return end(call, order.givesUp(), event, told);
        }
        var scriptKeys = new ArrayList<>(List.of(
                keys.call(call.tenant, call.id), keys.due(call.tenant), keys.parked(call.tenant),
                keys.events(call.tenant), keys.timeline(call.tenant, call.id)));
        var arguments = new ArrayList<>(List.of(
                Long.toString(call.epoch),
                call.state.name(),
                Records.write(call),
                call.owner(),
                call.nextDueAtMillis().isPresent()
                        ? Long.toString(call.nextDueAtMillis().getAsLong())
                        : "",
                listed(call) ? Long.toString(call.parkedAtMillis) : "",
                Long.toString(LIFETIME_MILLIS),
                call.place));
        arguments.addAll(List.of(key(call, event), value(event), AFTERLIFE_MILLIS, told.map(Records::write).orElse(""),
                CallEvents.KEPT, CallEvents.LIFETIME_MILLIS));
        if (!order.isNone()) {
            scriptKeys.addAll(List.of(
                    keys.held(call.tenant), keys.orbits(call.tenant), keys.lastOrbits(call.tenant)));
            arguments.add(keys.places(call.tenant));
            arguments.addAll(order.arguments(call.reservation));
        }
        return outcome(call, saveCall.runReplicated(redis, scriptKeys, arguments).await());
    }

    private String key(Call call, HandledEvent event) {
        return event.key().isEmpty() ? "" : keys.event(call.tenant, call.id, event.key());
    }

    private static String value(HandledEvent event) {
        return event.correlation() + "\n" + event.actions();
    }

    private SaveOutcome end(Call call, String place, HandledEvent event, Optional<CallEvent> told) {
        return outcome(
                call,
                endCall.runReplicated(
                        redis,
                        List.of(
                                keys.call(call.tenant, call.id),
                                keys.due(call.tenant),
                                keys.parked(call.tenant),
                                keys.ended(call.tenant, call.id),
                                keys.held(call.tenant),
                                keys.orbits(call.tenant),
                                keys.events(call.tenant),
                                keys.timeline(call.tenant, call.id)),
                        List.of(
                                Long.toString(call.epoch),
                                call.state.name(),
                                Records.write(call),
                                call.owner(),
                                AFTERLIFE_MILLIS,
                                key(call, event),
                                value(event),
                                keys.places(call.tenant),
                                place,
                                told.map(Records::write).orElse(""),
                                CallEvents.KEPT,
                                CallEvents.LIFETIME_MILLIS,
                                Long.toString(LIFETIME_MILLIS)))
                        .await());
    }

    /** Takes a call back that nobody has heard of: as if it had never been. */
    public void discard(Call call) {
        call.state = CallState.ENDED;
        call.timers.clear();
        save(call, PlaceOrder.free(call.place));
    }

    private static boolean listed(Call call) {
        return call.state.isWaiting() || call.state == CallState.CONNECTING;
    }

    private static SaveOutcome outcome(Call call, @Nullable Response result) {
        if (result == null) {
            throw new IllegalStateException("a script without a result");
        }
        return switch (result.get(0).toString()) {
            case "OK" -> {
                call.epoch = Long.parseLong(result.get(1).toString());
                call.place = result.get(2).toString();
                String lamps = result.get(3).toString();
                yield new SaveOutcome.Saved(lamps.isEmpty() ? List.of() : List.of(lamps.split(" ")));
            }
            case "CONFLICT" -> new SaveOutcome.Conflict();
            case "TAKEN" -> new SaveOutcome.PlaceTaken(result.get(1).toString());
            case "RANGE_FULL" -> new SaveOutcome.RangeFull();
            case "QUOTA" -> new SaveOutcome.QuotaReached();
            default -> throw new IllegalStateException("a script with an unknown result");
        };
    }

    /**
     * Makes a dialog ours, unless it is already.
     *
     * @return the owner that has it already; empty when it is ours now
     */
    public Optional<String> claimDialog(String callId, String owner) {
        Response before = redis.submitBefore(Request.cmd(Command.SET)
                .arg(Keys.dialog(callId))
                .arg(owner)
                .arg("NX")
                .arg("GET")
                .arg("EX")
                .arg(LIFETIME_SECONDS)).await();
        return before == null || before.toString().equals(owner) ? Optional.empty() : Optional.of(before.toString());
    }

    /** Makes a dialog ours whoever has it: for Call-IDs of our own, and for owners whose call is gone. */
    public void takeDialog(String callId, String owner) {
        redis.submitBefore(taking(callId, owner)).await();
    }

    /**
     * Makes the dialog of a new INVITE ours, and then looks whether its CANCEL was quicker; does not wait. A CANCEL that comes later
     * finds the owner.
     *
     * @return true when there is a CANCEL already
     */
    public Future<Boolean> enterDialog(String callId, long cseq, String owner) {
        return redis.submitBefore(taking(callId, owner))
                .compose(taken -> redis.submit(Request.cmd(Command.GET).arg(Keys.cancelled(callId, cseq))))
                .map(cancel -> cancel != null);
    }

    private static Request taking(String callId, String owner) {
        return Request.cmd(Command.SET)
                .arg(Keys.dialog(callId))
                .arg(owner)
                .arg("EX")
                .arg(LIFETIME_SECONDS);
    }

    public Optional<String> dialogOwner(String callId) {
        Response owner = redis.send(Request.cmd(Command.GET).arg(Keys.dialog(callId)));
        return Optional.ofNullable(owner).map(Response::toString);
    }

    /** Forgets a dialog after its afterlife, if it is still this owner's; does not wait. */
    public Future<Void> releaseDialog(String callId, String owner) {
        return releaseDialog
                .run(redis, List.of(Keys.dialog(callId)), List.of(owner, Integer.toString(AFTERLIFE_SECONDS)))
                .mapEmpty();
    }

    /** Remembers a CANCEL that may have overtaken its INVITE. */
    public void noteCancel(String callId, long cseq) {
        redis.submitBefore(Request.cmd(Command.SET)
                .arg(Keys.cancelled(callId, cseq))
                .arg("1")
                .arg("EX")
                .arg(AFTERLIFE_SECONDS)).await();
    }

    /** True when a CANCEL has come for this INVITE. */
    public boolean isCancelled(String callId, long cseq) {
        return redis.send(Request.cmd(Command.GET).arg(Keys.cancelled(callId, cseq))) != null;
    }

    /** The same; does not wait. */
    public Future<Boolean> isCancelledSoon(String callId, long cseq) {
        return redis.submit(Request.cmd(Command.GET).arg(Keys.cancelled(callId, cseq))).map(cancel -> cancel != null);
    }

    /**
     * Notes that an event is being handled which has no call yet; does not wait.
     *
     * @param event its key
     * @return false when another delivery of it is under way
     */
    public Future<Boolean> beginEvent(String event) {
        return redis.submit(Request.cmd(Command.SET)
                .arg(Keys.begun(event))
                .arg("")
                .arg("NX")
                .arg("PX")
                .arg(BEGUN_MILLIS)).map(reply -> reply != null);
    }

    /** True while a delivery of the event is under way. */
    public boolean isEventBegun(String event) {
        return redis.send(Request.cmd(Command.GET).arg(Keys.begun(event))) != null;
    }

    /** It is handled; does not wait. */
    public void endEvent(String event) {
        redis.submit(Request.cmd(Command.DEL).arg(Keys.begun(event)));
    }

    /** The calls of a tenant in which two legs are joined, about: some may be over. */
    public List<Call> joined(String tenant) {
        Response owners = redis.send(Request.cmd(Command.ZRANGE).arg(keys.joined(tenant)).arg(0).arg(-1));
        var calls = new ArrayList<Call>();
        if (owners != null) {
            owners.forEach(owner -> load(owner.toString()).ifPresentOrElse(
                    call -> calls.add(call),
                    () -> redis.submit(Request.cmd(Command.ZREM).arg(keys.joined(tenant)).arg(owner.toString()))));
            calls.removeIf(call -> !call.state.isJoined());
        }
        return calls;
    }

    /** Control URLs of the edges, as they have said of themselves; one that has said nothing for long is left out. */
    public List<String> edges() {
        Response said = redis.send(Request.cmd(Command.ZREVRANGE)
                .arg(Keys.EDGES)
                .arg(0)
                .arg(MOST_EDGES - 1)
                .arg("WITHSCORES"));
        var edges = new ArrayList<String>();
        if (said != null && said.size() > 0) {
            double last = Double.parseDouble(said.get(0).get(1).toString());
            said.forEach(edge -> {
                if (Double.parseDouble(edge.get(1).toString()) > last - EDGE_SILENT_SECONDS) {
                    edges.add(edge.get(0).toString());
                }
            });
        }
        return edges;
    }

    /**
     * An edge that has others beside it.
     *
     * @param control its control URL
     * @param sockets where it is reached, each {@code address:port}; the first is its socket for devices, as its events name it
     */
    public record EdgeAddress(String control, List<String> sockets) {}

    /** The edges that have others beside them, as they have said of themselves. */
    public List<EdgeAddress> edgeAddresses() {
        Response said = redis.send(Request.cmd(Command.HGETALL).arg(Keys.EDGE_ADDRESSES));
        var edges = new ArrayList<EdgeAddress>();
        if (said != null) {
            for (String control : said.getKeys()) {
                edges.add(new EdgeAddress(control,
                        List.of(Objects.requireNonNull(said.get(control)).toString().split(" "))));
            }
        }
        return edges;
    }

    /** The parked calls of a tenant, oldest first, at most {@code most}. */
    public List<Call> parked(String tenant, int most) {
        Response owners = redis.send(
                Request.cmd(Command.ZRANGE).arg(keys.parked(tenant)).arg(0).arg(most - 1L));
        var calls = new ArrayList<Call>();
        if (owners != null) {
            owners.forEach(owner -> load(owner.toString()).ifPresent(calls::add));
        }
        return calls;
    }
}
