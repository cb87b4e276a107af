package io.mooring.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.store.CallEvents;
import io.mooring.store.Deliveries.DeadLetter;
import io.mooring.store.Kind;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Webhook;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.UnifiedJedis;

/** Webhooks with a real Redis and receivers that do all that receivers do. */
class WebhookIT {
    private static final String TENANT = "acme.example";
    private static final String STREAM = "{s" + SendingNode.KEYS.shard(TENANT) + "}:events:" + TENANT;

    @RegisterExtension
    static final RedisServer REDIS = new RedisServer();

    private final Vertx vertx = Vertx.vertx();
    private final List<SendingNode> nodes = new ArrayList<>();
    private final UnifiedJedis jedis = REDIS.jedis();
    private RedisAccess access;
    private TenantStore tenants;
    private Context context;
    private Receiver receiver;

    @BeforeEach
    void begin() throws Exception {
        access = REDIS.connect(vertx, Duration.ofSeconds(2));
        tenants = new TenantStore(access);
        receiver = new Receiver(vertx);
        var found = new CompletableFuture<Context>();
        vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                found.complete(context);
                return Future.succeededFuture();
            }
        }, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)).await(10, TimeUnit.SECONDS);
        context = found.get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void end() throws Exception {
        for (SendingNode node : nodes) {
            node.close();
        }
        jedis.close();
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20));
    }

    private SendingNode node() throws Exception {
        return node(SendingNode.LOCAL, true, 50);
    }

    private SendingNode node(WebhookRules rules, boolean holds, int attempts) throws Exception {
        var node = new SendingNode(REDIS, rules, holds, attempts);
        nodes.add(node);
        return node;
    }

    /** On a thread that may wait. */
    private <T> T call(Callable<T> what) throws Exception {
        var done = new CompletableFuture<T>();
        context.runOnContext(it -> {
            try {
                done.complete(what.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return done.get(10, TimeUnit.SECONDS);
    }

    /** @return its birth */
    private String webhook(String id, String url, String... types) throws Exception {
        return webhook(id, new Webhook("", url, List.of(types), false, true, "", "", ""));
    }

    private String webhook(String id, Webhook wanted) throws Exception {
        return call(() -> tenants.config().change(List.of(Scope.of(TENANT)), draft -> {
            String birth = id + "-1";
            String since = new CallEvents(access, SendingNode.KEYS).latest(TENANT);
            draft.put(Scope.of(TENANT), Kind.WEBHOOK, id,
                    wanted.with(SendingNode.BOX.seal(birth, Receiver.SECRET), birth, since));
            return birth;
        }));
    }

    private void note() throws Exception {
        call(() -> tenants.config().change(List.of(Scope.of(TENANT)), draft -> {
            draft.noteWebhooks(Scope.of(TENANT));
            return true;
        }));
    }

    private String happens(String type, String call) {
        return jedis.xadd(STREAM, StreamEntryID.NEW_ENTRY, Map.of("place", "ext:101", "event", "{\"type\":\"" + type
                + "\",\"call\":\"" + call + "\",\"parker\":\"102\",\"number\":\"+4930\",\"withheld\":true}"))
                .toString();
    }

    private List<String> happen(int events, int calls) {
        var ids = new ArrayList<String>();
        for (int i = 0; i < events; i++) {
            ids.add(happens("PARKED", "c" + i % calls));
        }
        return ids;
    }

    private static Map<String, List<String>> byCall(List<Receiver.Post> posts) {
        Map<String, List<String>> events = new HashMap<>();
        posts.forEach(it -> {
            var ofCall = events.computeIfAbsent(it.call(), call -> new ArrayList<>());
            if (!ofCall.contains(it.event())) {
                ofCall.add(it.event());
            }
        });
        return events;
    }

    private void assertEachCallIsInOrder() {
        byCall(receiver.taken).values()
                .forEach(ids -> assertThat(ids).isSortedAccordingTo(CallEvents::compare));
    }

    @Test
    void aReceiverGetsWhatHappensSignedAndWithoutTheNamesThatAreWithheld() throws Exception {
        webhook("one", receiver.url());
        node();
        String parked = happens("PARKED", "c1");
        String reminded = happens("REMINDED", "c1");
        soon().until(() -> receiver.taken.size() == 2);
        assertThat(receiver.events()).containsExactly(parked, reminded);
        var body = receiver.taken.getFirst().body();
        assertThat(body.path("type").asText()).isEqualTo("parked");
        assertThat(body.path("tenant").asText()).isEqualTo(TENANT);
        assertThat(body.path("timestamp").asText()).startsWith("20");
        assertThat(body.at("/data/parker").asText()).isEqualTo("102");
        assertThat(body.at("/data/withheld").asBoolean()).isTrue();
        assertThat(body.toString()).doesNotContain("+4930");
    }

    @Test
    void administratorsMayHaveTheNames() throws Exception {
        webhook("one", new Webhook("", receiver.url(), List.of(), true, true, "", "", ""));
        node();
        happens("PARKED", "c1");
        soon().until(() -> receiver.taken.size() == 1);
        assertThat(receiver.taken.getFirst().body().at("/data/number").asText()).isEqualTo("+4930");
    }

    @Test
    void onlyTheTypesThatAreWantedAndOnlySinceItWasCreated() throws Exception {
        happens("ABANDONED", "before");
        var birth = webhook("one", receiver.url(), "abandoned");
        var node = node();
        happens("PARKED", "c1");
        String gone = happens("ABANDONED", "c1");
        String last = happens("PARKED", "c2");
        soon().until(() -> receiver.taken.size() == 1);
        assertThat(receiver.events()).containsExactly(gone);
        soon().until(() -> call(() -> node.deliveries.progress(TENANT, birth).await().orElseThrow().cursor())
                .equals(last));
        assertThat(receiver.posts).hasSize(1);
    }

    @Test
    void aReceiverThatFailsGetsItsEventsInOrderLater() throws Exception {
        receiver.behaviour = Receiver.status(503);
        webhook("one", receiver.url());
        node();
        var ids = happen(40, 7);
        soon().until(() -> receiver.posts.size() >= 4);
        receiver.behaviour = Receiver.status(204);
        soon().until(() -> receiver.taken.size() == 40);
        assertThat(receiver.events()).containsExactlyInAnyOrderElementsOf(ids);
        assertEachCallIsInOrder();
        receiver.assertIdsAreThoseOfTheirEvents();
    }

    @Test
    void aReceiverThatHangsGetsItsEventsInOrderLaterAndHoldsNoOtherUp() throws Exception {
        var hanging = new Receiver(vertx);
        hanging.behaviour = (post, response) -> {};
        webhook("one", hanging.url());
        webhook("two", receiver.url());
        node();
        long began = System.nanoTime();
        var ids = happen(40, 7);
        soon().until(() -> receiver.taken.size() == 40);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        assertThat(hanging.taken).isEmpty();
        hanging.behaviour = Receiver.status(200);
        soon().until(() -> hanging.eventsOnce().size() == 40);
        assertThat(hanging.eventsOnce()).containsExactlyInAnyOrderElementsOf(ids);
        byCall(hanging.taken).values().forEach(each -> assertThat(each).isSortedAccordingTo(CallEvents::compare));
        hanging.assertIdsAreThoseOfTheirEvents();
    }

    @Test
    void aReceiverThatIsTooSlowIsAskedAgainWithTheSameId() throws Exception {
        receiver.behaviour = (post, response) -> vertx.setTimer(2 * SendingNode.LIMIT.toMillis(),
                late -> response.end());
        webhook("one", receiver.url());
        node();
        String id = happens("PARKED", "c1");
        soon().until(() -> receiver.posts.size() >= 2);
        receiver.behaviour = Receiver.status(200);
        soon().until(() -> receiver.eventsOnce().equals(List.of(id)));
        receiver.assertIdsAreThoseOfTheirEvents();
    }

    @Test
    void noRedirectIsFollowed() throws Exception {
        var elsewhere = new Receiver(vertx);
        receiver.behaviour = (post,
                response) -> response.setStatusCode(307).putHeader("Location", elsewhere.url()).end();
        var birth = webhook("one", receiver.url());
        var node = node(SendingNode.LOCAL, true, 3);
        happens("PARKED", "c1");
        soon().until(() -> call(() -> node.deliveries.deadLetters(TENANT, birth)).size() == 1);
        assertThat(call(() -> node.deliveries.deadLetters(TENANT, birth).getFirst().error())).isEqualTo("redirect");
        assertThat(elsewhere.connections).hasValue(0);
        assertThat(receiver.posts).hasSize(3);
    }

    private void forEver(HttpServerResponse response) {
        if (!response.closed()) {
            response.write(Buffer.buffer(new byte[16 * 1_024])).onSuccess(written -> forEver(response));
        }
    }

    @Test
    void anAnswerWithoutAnEndIsNotRead() throws Exception {
        receiver.behaviour = (post, response) -> forEver(response.setChunked(true));
        webhook("one", receiver.url());
        node();
        happens("PARKED", "c1");
        soon().until(() -> receiver.closed.get() >= 1);
        receiver.behaviour = Receiver.status(200);
        String next = happens("PARKED", "c1");
        soon().until(() -> receiver.events().equals(List.of(next)));
        assertThat(receiver.posts).as("the head of the answer said that it had the first").hasSize(2);
    }

    @Test
    void anAnswerThatDripsLosesItsConnection() throws Exception {
        receiver.behaviour = (post, response) -> {
            response.setChunked(true).write("x");
            vertx.setPeriodic(50, tick -> {
                if (response.closed()) {
                    vertx.cancelTimer(tick);
                } else {
                    response.write("x");
                }
            });
        };
        webhook("one", receiver.url());
        node();
        happen(3, 1);
        soon().until(() -> receiver.posts.size() == 3 && receiver.closed.get() == receiver.connections.get());
    }

    @Test
    void oneEventThatIsNeverTakenIsGivenUpAndTheRestGoesOn() throws Exception {
        receiver.behaviour = (post, response) -> response.setStatusCode(post.call().equals("c3") ? 400 : 200).end();
        var birth = webhook("one", receiver.url());
        var node = node(SendingNode.LOCAL, true, 4);
        var ids = happen(10, 5);
        soon().until(() -> call(() -> node.deliveries.deadLetters(TENANT, birth)).size() == 2);
        var letters = call(() -> node.deliveries.deadLetters(TENANT, birth));
        assertThat(letters).extracting(it -> it.event().id()).containsExactly(ids.get(3), ids.get(8));
        assertThat(letters).allSatisfy(it -> {
            assertThat(it.attempts()).isEqualTo(4);
            assertThat(it.error()).isEqualTo("status-400");
        });
        assertThat(receiver.eventsOnce()).hasSize(8);
        soon().until(() -> call(() -> node.deliveries.progress(TENANT, birth).await().orElseThrow().cursor())
                .equals(ids.getLast()));
        assertThat(node.metrics.scrape()).contains("mooring_webhook_given_up_total 2.0");

        // The events themselves are gone from the stream, and are delivered all the same.
        receiver.behaviour = Receiver.status(200);
        jedis.del(STREAM);
        for (DeadLetter letter : letters) {
            call(() -> node.deliveries.put(TENANT, birth, letter.with(true)).await());
        }
        note();
        soon().until(() -> receiver.eventsOnce().size() == 10);
        assertThat(receiver.calls().subList(8, 10)).containsExactly("c3", "c3");
        assertEachCallIsInOrder();
        soon().until(() -> call(() -> node.deliveries.countDeadLetters(TENANT, birth)) == 0);
    }

    @Test
    void deadLettersHaveAnEnd() throws Exception {
        var birth = webhook("one", receiver.url());
        var node = node(SendingNode.LOCAL, false, 4);
        call(() -> {
            for (int i = 0; i < 3; i++) {
                var letters = new ArrayList<DeadLetter>();
                for (int j = 0; j < 500; j++) {
                    letters.add(new DeadLetter(new CallEvents.Kept((i * 500 + j) + "-0", "",
                            io.mooring.tenant.TenantJson.object()), 1, "x", 1, false));
                }
                var read = node.deliveries.progress(TENANT, birth)
                        .await()
                        .orElse(new io.mooring.store.Deliveries.Progress("", "0-0", List.of(),
                                io.mooring.store.Deliveries.Health.NEW));
                assertThat(node.deliveries.save(TENANT, birth, read, read, letters).await()).isPresent();
                assertThat(node.deliveries.save(TENANT, birth, read, read, letters).await()).isEmpty();
            }
            return true;
        });
        var left = call(() -> node.deliveries.deadLetters(TENANT, birth));
        assertThat(left).hasSize(1_000);
        assertThat(left.getFirst().event().id()).isEqualTo("500-0");
    }

    @Test
    void replayGoesOnAfterAnEventAsOftenAsIsWanted() throws Exception {
        var birth = webhook("one", receiver.url());
        var node = node();
        var ids = happen(10, 1);
        soon().until(() -> receiver.taken.size() == 10);
        call(() -> {
            node.deliveries.replay(TENANT, birth, ids.get(6));
            return true;
        });
        note();
        soon().until(() -> receiver.taken.size() == 13);
        assertThat(receiver.events().subList(10, 13)).isEqualTo(ids.subList(7, 10));
        receiver.assertIdsAreThoseOfTheirEvents();
        String next = happens("PARKED", "c1");
        soon().until(() -> receiver.taken.size() == 14);
        assertThat(receiver.events().getLast()).isEqualTo(next);
    }

    @Test
    void anotherNodeGoesOnWhenOneDies() throws Exception {
        webhook("one", receiver.url());
        var first = node();
        var second = node(SendingNode.LOCAL, false, 50);
        var ids = happen(200, 9);
        receiver.behaviour = (post, response) -> vertx.setTimer(5, later -> response.end());
        soon().until(() -> receiver.taken.size() > 20);
        first.kill();
        nodes.remove(first);
        second.holds = true;
        ids.addAll(happen(20, 9));
        soon().until(() -> receiver.eventsOnce().size() == 220);
        assertThat(receiver.eventsOnce()).containsExactlyInAnyOrderElementsOf(ids);
        assertEachCallIsInOrder();
        receiver.assertIdsAreThoseOfTheirEvents();
    }

    @Test
    void aShardThatIsHandedOverIsGoneOnWithWhereItWas() throws Exception {
        webhook("one", receiver.url());
        var first = node();
        var second = node(SendingNode.LOCAL, false, 50);
        happen(50, 5);
        soon().until(() -> receiver.taken.size() == 50);
        first.close();
        nodes.remove(first);
        second.holds = true;
        happen(5, 5);
        soon().until(() -> receiver.eventsOnce().size() == 55);
        assertThat(receiver.taken).as("nothing twice").hasSize(55);
    }

    @Test
    void twoNodesThatBothHoldTheShardRepeatAndSkipNothing() throws Exception {
        webhook("one", receiver.url());
        node();
        node();
        var ids = new ArrayList<String>();
        for (int i = 0; i < 10; i++) {
            ids.addAll(happen(20, 7));
            int all = ids.size();
            soon().until(() -> receiver.eventsOnce().size() == all);
        }
        assertThat(receiver.eventsOnce()).containsExactlyInAnyOrderElementsOf(ids);
        assertEachCallIsInOrder();
    }

    @Test
    void noPrivateAddressIsPostedToAlsoNotByName() throws Exception {
        var strict = new WebhookRules(true, List.of());
        var byName = webhook("name", "http://localhost:" + receiver.port() + "/");
        var byAddress = webhook("address", "http://127.0.0.1:" + receiver.port() + "/");
        var byNumber = webhook("number", "http://0x7f000001:" + receiver.port() + "/");
        var bySix = webhook("six", "http://[::ffff:127.0.0.1]:" + receiver.port() + "/");
        var node = node(strict, true, 2);
        happens("PARKED", "c1");
        for (String birth : List.of(byName, byAddress, bySix)) {
            soon().until(() -> call(() -> node.deliveries.deadLetters(TENANT, birth)).size() == 1);
            assertThat(call(() -> node.deliveries.deadLetters(TENANT, birth).getFirst().error())).as(birth)
                    .isEqualTo("address-refused");
        }
        soon().until(() -> call(() -> node.deliveries.deadLetters(TENANT, byNumber)).size() == 1);
        assertThat(receiver.connections).hasValue(0);
    }

    @Test
    void whatAReceiverMissedIsToldWhenItIsCutOff() throws Exception {
        receiver.behaviour = Receiver.status(500);
        var birth = webhook("one", receiver.url());
        var first = node();
        happen(5, 5);
        soon().until(() -> receiver.posts.size() >= 1);
        first.close();
        nodes.remove(first);
        happen(5, 5);
        jedis.xtrim(STREAM, 2, false);
        receiver.behaviour = Receiver.status(200);
        var second = node();
        soon().until(() -> receiver.taken.size() == 2);
        soon().until(() -> call(() -> second.deliveries.progress(TENANT, birth)
                .await()
                .orElseThrow()
                .health()
                .missedAtMillis()) > 0);
    }

    @Test
    void aWebhookThatIsSwitchedOffSendsLater() throws Exception {
        webhook("one", new Webhook("", receiver.url(), List.of(), false, false, "", "", ""));
        webhook("two", receiver.url());
        node();
        happens("PARKED", "c1");
        soon().until(() -> receiver.taken.size() == 1);
        call(() -> tenants.config().change(List.of(Scope.of(TENANT)), draft -> {
            Webhook off = tenants.config().find(Scope.of(TENANT), Kind.WEBHOOK, "one").orElseThrow().as(Webhook.class);
            draft.put(Scope.of(TENANT), Kind.WEBHOOK, "one", new Webhook("", off.url(), List.of(), false, true,
                    off.secret(), off.birth(), off.since()));
            return true;
        }));
        soon().until(() -> receiver.taken.size() == 2);
        call(() -> tenants.config().change(List.of(Scope.of(TENANT)), draft -> {
            draft.deleteWebhook(Scope.of(TENANT), "one");
            return true;
        }));
    }
}
