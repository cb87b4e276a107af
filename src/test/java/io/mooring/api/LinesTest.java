package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a context of virtual threads, as the server has it. */
class LinesTest {

    private final Vertx vertx = Vertx.vertx();
    private final Lines lines = new Lines();
    private final Promise<Void> gate = Promise.promise();
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicInteger mostWorking = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private Context context;

    private final class Here extends VerticleBase {

        @Override
        public Future<?> start() throws Exception {
            LinesTest.this.context = super.context;
            return super.start();
        }
    }

    @BeforeEach
    void start() throws Exception {
        vertx.deployVerticle(Here::new, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    /** A request that is worked on until the gate opens. */
    private void request(String line) {
        context.runOnContext(go -> {
            try (var place = lines.enter(line, 100, "full")) {
                done.addAndGet(place.work(() -> {
                    mostWorking.accumulateAndGet(working.incrementAndGet(), Math::max);
                    gate.future().await();
                    working.decrementAndGet();
                    return 1;
                }));
            }
        });
    }

    @Test
    void aLineHasSoManyWorkedOnAtOnceAndAnotherLineDoesNotWaitForIt() {
        for (int i = 0; i < 3 * Lines.AT_ONCE; i++) {
            request("noisy");
        }
        await().until(() -> working.get() == Lines.AT_ONCE);
        context.runOnContext(go -> {
            try (var place = lines.enter("quiet", 100, "full")) {
                place.work(() -> done.addAndGet(100));
            }
        });
        await().until(() -> done.get() == 100);
        assertThat(working).hasValue(Lines.AT_ONCE);

        gate.complete();
        await().until(() -> done.get() == 100 + 3 * Lines.AT_ONCE);
        assertThat(mostWorking).hasValue(Lines.AT_ONCE);
        assertThat(working).hasValue(0);
    }

    @Test
    void aLineHasSoManyPlaces() {
        List<Lines.Place> places = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            places.add(lines.enter("noisy", 3, "full"));
        }
        assertThat(catchThrowableOfType(ProblemException.class, () -> lines.enter("noisy", 3, "full")).problem())
                .satisfies(it -> assertThat(it.type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS))
                .satisfies(it -> assertThat(it.detail()).isEqualTo("full"));
        lines.enter("quiet", 3, "full").close();
        places.getFirst().close();
        lines.enter("noisy", 3, "full").close();
    }

    /** Otherwise a dozen tenants would keep all others out. */
    @Test
    void inAFullNodeALineHasFewPlaces() {
        for (int line = 0; line < 20; line++) {
            try {
                for (int i = 0; i < 64; i++) {
                    lines.enter("noisy " + line, 64, "full");
                }
            } catch (ProblemException full) {
                assertThat(full.problem().type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS);
            }
        }
        for (int i = 0; i < Lines.AT_ONCE; i++) {
            lines.enter("quiet", 64, "full");
        }
        assertThat(
                catchThrowableOfType(ProblemException.class, () -> lines.enter("quiet", 64, "full")).problem().type())
                .isEqualTo(ProblemType.TOO_MANY_REQUESTS);
        assertThat(catchThrowableOfType(ProblemException.class, () -> {
            for (int i = 0; i < 1_024; i++) {
                lines.enter();
            }
        }).problem().type()).isEqualTo(ProblemType.OVERLOADED);
    }
}
