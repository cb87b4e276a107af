package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.CallState;
import io.mooring.call.Leg;
import io.mooring.store.RingingInvites.Ringing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What edges ring, on a real Redis. */
class RingingInvitesIT {
    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private static final Keys KEYS = new Keys(4);
    private static final String CONTROL = "http://127.0.0.1:5080";

    private static Vertx vertx;
    private static RedisAccess redis;
    private static CallStore store;
    private static RingingInvites invites;

    @BeforeAll
    static void open() {
        vertx = Vertx.vertx();
        redis = REDIS.connect(vertx, Duration.ofSeconds(5));
        store = new CallStore(redis, KEYS);
        invites = new RingingInvites(redis, KEYS);
    }

    @AfterAll
    static void close() throws Exception {
        redis.close();
        get(vertx.close());
    }

    @BeforeEach
    void clean() {
        REDIS.flush();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static Call ringing(String... legs) {
        var call = new Call();
        call.tenant = "acme.example";
        call.id = "c1";
        call.state = CallState.RECALLING;
        for (String id : legs) {
            var leg = new Leg();
            leg.id = id;
            call.legs.put(id, leg);
        }
        store.save(call, PlaceOrder.NONE);
        return call;
    }

    private static Ringing invite(Call call, String leg) {
        return new Ringing(call.owner(), leg, CONTROL, "1", 60_000);
    }

    @Test
    void whatRingsIsEnteredUntilItIsForgotten() throws Exception {
        Call call = ringing("leg-1", "leg-2");
        assertThat(get(invites.enter(call, invite(call, "leg-1")))).isTrue();
        assertThat(get(invites.enter(call, invite(call, "leg-2")))).isTrue();
        assertThat(invites.in(shard -> true)).containsExactlyInAnyOrder(invite(call, "leg-1"), invite(call, "leg-2"));
        invites.forget(call, Set.of("leg-1"));
        assertThat(invites.in(shard -> true)).containsExactly(invite(call, "leg-2"));
    }

    /** The caller hung up, or the phone refused, before the edge had said that it has the INVITE. */
    @Test
    void whatRingsNoMoreIsNotEntered() throws Exception {
        Call call = ringing("leg-1", "leg-2");
        call.legs.remove("leg-1");
        store.save(call, PlaceOrder.NONE);
        invites.forget(call, Set.of("leg-1"));
        assertThat(get(invites.enter(call, invite(call, "leg-1")))).as("its leg has gone").isFalse();
        call.state = CallState.ABANDONED;
        store.save(call, PlaceOrder.NONE);
        assertThat(get(invites.enter(call, invite(call, "leg-2")))).as("the call is over").isFalse();
        assertThat(invites.in(shard -> true)).isEmpty();
    }
}
