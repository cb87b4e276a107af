package io.mooring.lab.load;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.call.ParkTerms;
import io.mooring.call.PlaceWish;
import io.mooring.call.RecallPlan;
import io.mooring.call.RetrievalRule;
import io.mooring.call.Role;
import io.mooring.lab.Stack;
import io.mooring.metrics.Metrics;
import io.mooring.store.CallStore;
import io.mooring.store.Keys;
import io.mooring.store.PlaceOrder;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisSetup;
import io.mooring.store.SaveOutcome;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;

/**
 * Parked calls written straight into the Redis of a stack by the store of a node, as a park would have left them. To park ten thousand
 * calls by SIP takes minutes, and phones that hear music take the machine.
 */
public final class PendingCalls implements AutoCloseable {
    private static final int AT_ONCE = 64;
    private static final int ROOM = 1_000_000;
    /** How often the parker is rung; as built in. */
    private static final int ATTEMPTS = 3;
    /** So long that no call comes back twice while it is measured. */
    private static final long WAIT_MILLIS = 1_800_000;
    private static final long END_MILLIS = 4 * WAIT_MILLIS;
    private static final String SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            + "m=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
            + "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\na=ptime:20\r\n";

    private final Stack stack;
    private final int callerPort;
    private final Vertx vertx = Vertx.vertx();
    private final RedisAccess redis;
    private final CallStore store;

    /**
     * @param shards as the nodes of the stack have it
     * @param callerPort UDP port at which the parked parties are
     */
    public PendingCalls(Stack stack, int shards, int callerPort) {
        this.stack = stack;
        this.callerPort = callerPort;
        this.redis = RedisAccess.connect(vertx, RedisSetup.one(stack.redisUrl()), Duration.ofSeconds(10),
                new Metrics());
        this.store = new CallStore(redis, new Keys(shards));
    }

    /** Who parked a call, and is rung: an extension of a tenant. */
    public record Parker(String tenant, String extension) {}

    /**
     * Writes calls.
     *
     * @param prefix of their callers' names, which end in a number from 0
     * @param parkers whose calls they are, in turn
     * @param dueAtMillis when each comes back, milliseconds since 1970
     */
    public void write(String prefix, int count, List<Parker> parkers, IntToLongFunction dueAtMillis)
            throws InterruptedException {
        var limit = new Semaphore(AT_ONCE);
        try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                int number = i;
                limit.acquire();
                writers.execute(() -> {
                    try {
                        write(call(prefix + number, parkers.get(number % parkers.size()),
                                dueAtMillis.applyAsLong(number)));
                    } finally {
                        limit.release();
                    }
                });
            }
            limit.acquire(AT_ONCE);
        }
    }

    private void write(Call call) {
        var order = PlaceOrder.take(new PlaceWish.At("ext:" + call.parker), ROOM, ROOM);
        if (!(store.save(call, order) instanceof SaveOutcome.Saved)) {
            throw new IllegalStateException("a call was not written");
        }
        call.legs.values().forEach(leg -> store.takeDialog(leg.callId, call.owner()));
    }

    private Call call(String caller, Parker parker, long dueAtMillis) {
        var call = new Call();
        call.id = caller;
        call.tenant = parker.tenant;
        call.state = CallState.PARKED;
        call.parker = parker.extension;
        call.parkedAtMillis = dueAtMillis - WAIT_MILLIS;
        var stage = new RecallPlan.Stage(WAIT_MILLIS, List.of(parker.extension), 20_000, "", true);
        call.terms = new ParkTerms(RetrievalRule.TENANT, "everyone", "", false, false, 1,
                new RecallPlan(Collections.nCopies(ATTEMPTS, stage), END_MILLIS, ""));
        call.music = "music-" + caller;
        call.timers.put(Call.RECALL, dueAtMillis);
        call.timers.put(Call.END, call.parkedAtMillis + END_MILLIS);
        Leg parked = new Leg();
        parked.id = "w-" + caller;
        parked.role = Role.PARKED;
        parked.callId = caller + "@bench";
        parked.localTag = "ours-" + caller;
        parked.remoteTag = "theirs-" + caller;
        parked.localAddress = "<sip:" + parker.extension + "@" + parker.tenant + ">";
        parked.remoteAddress = "\"Caller\" <sip:" + caller + "@carrier.example>";
        parked.remoteTarget = "sip:" + caller + "@127.0.0.1:" + callerPort;
        parked.nextHop = "sip:127.0.0.1:" + callerPort + ";transport=udp";
        parked.socket = "udp:" + stack.sip().getHostString() + ":" + stack.sip().getPort();
        parked.control = stack.edgeControl();
        parked.localCseq = 2;
        parked.remoteCseq = 1;
        parked.localSdp = SDP;
        parked.remoteSdp = SDP;
        parked.allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE";
        call.legs.put(parked.id, parked);
        return call;
    }

    @Override
    public void close() throws Exception {
        redis.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
