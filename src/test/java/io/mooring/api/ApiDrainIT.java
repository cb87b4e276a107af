package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.access.Authenticator;
import io.mooring.call.CallControl;
import io.mooring.call.OngoingCall;
import io.mooring.call.ParkOrder;
import io.mooring.call.ParkedAt;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrieveOrder;
import io.mooring.config.HostPort;
import io.mooring.config.Secret;
import io.mooring.http.Listening;
import io.mooring.metrics.Metrics;
import io.mooring.store.AccessStore;
import io.mooring.store.CallEvents;
import io.mooring.store.Deliveries;
import io.mooring.store.Keys;
import io.mooring.store.Kind;
import io.mooring.store.RedisAccess;
import io.mooring.store.RedisServer;
import io.mooring.store.Scope;
import io.mooring.store.TenantStore;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.Tenant;
import io.mooring.webhook.SecretBox;
import io.mooring.webhook.WebhookClient;
import io.mooring.webhook.WebhookRules;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ApiDrainIT {
    private static final CallControl NONE = new CallControl() {
        @Override
        public void ring(String tenant, String call, RetrieveOrder order) {}

        @Override
        public List<OngoingCall> ongoing(String tenant, String extension) {
            return List.of();
        }

        @Override
        public ParkedAt park(String tenant, ParkOrder order) {
            throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        }

        @Override
        public void hangUp(String tenant, String call) {}
    };

    @Test
    void aRequestThatIsUnderWayIsAnsweredBeforeTheServerStops() throws Exception {
        var vertx = Vertx.vertx();
        var listening = new Listening("TEST", new HostPort("127.0.0.1", 0));
        Promise<Void> release = Promise.promise();
        var entered = new CountDownLatch(1);
        try (var redis = new RedisServer(); var http = HttpClient.newHttpClient()) {
            var access = redis.connect(vertx, Duration.ofSeconds(10));
            var store = new TenantStore(access);
            store.config().change(List.of(Scope.of("acme.example")), draft -> {
                draft.put(Scope.GLOBAL, Kind.TENANT, "acme.example",
                        new Tenant("acme.example", "", FeatureCodes.DEFAULT));
                return true;
            });
            var secret = new Secret("secret");
            var tokens = new AccessStore(access);
            String deployment = vertx.deployVerticle(
                    () -> new ApiServer(listening, new ApiServer.Parts(secret,
                            () -> new Authenticator(secret, tokens, Optional.empty(), Clock.systemUTC()), store, tokens,
                            tenant -> {
                                entered.countDown();
                                release.future().await();
                                return List.of();
                            }, NONE, new CallEvents(access, new Keys(16)), webhooks(vertx, access), Clock.systemUTC(),
                            Duration.ofSeconds(10), Duration.ZERO)),
                    new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                    .await(10, TimeUnit.SECONDS);
            var request = HttpRequest.newBuilder(URI.create(
                    "http://127.0.0.1:" + listening.port() + "/v1/tenants/acme.example/parked-calls"))
                    .header("Authorization", "Bearer secret")
                    .build();
            var underWay = http.sendAsync(request, BodyHandlers.ofString());
            assertThat(entered.await(5, TimeUnit.SECONDS)).isTrue();

            var stopped = vertx.undeploy(deployment);

            Awaitility.await().untilAsserted(() -> assertThatThrownBy(() -> {
                try (var other = HttpClient.newHttpClient()) {
                    other.send(request, BodyHandlers.discarding());
                }
            }).isInstanceOf(IOException.class));
            assertThat(stopped.isComplete()).isFalse();
            release.complete();
            assertThat(underWay.get(5, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            stopped.await(5, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(10, TimeUnit.SECONDS);
        }
    }

    private static WebhookParts webhooks(Vertx vertx, RedisAccess access) {
        var rules = new WebhookRules(false, List.of());
        return new WebhookParts(rules, new SecretBox(new Secret("secret")), new Deliveries(access, new Keys(16)),
                new WebhookClient(vertx, rules, Duration.ofSeconds(1), new Metrics()));
    }
}
