package io.mooring.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * The meters of a node. Labels take values from small fixed sets only, never a tenant, a number or an id. Durations are
 * given in nanoseconds and exposed in seconds.
 */
public final class Metrics implements AutoCloseable {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1), Duration.ofMillis(5), Duration.ofMillis(10), Duration.ofMillis(25), Duration.ofMillis(50),
        Duration.ofMillis(100), Duration.ofMillis(250), Duration.ofMillis(500), Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();
    private final Map<TimerKey, Timer> timers = new ConcurrentHashMap<>();
    /** There from the start: of a counter that appears with its first count, Prometheus does not see that count. */
    private final Counter rtpengineRepeats = Counter.builder("mooring.rtpengine.repeats")
            .description("Commands that were sent to rtpengine once more")
            .register(registry);
    private final Counter webhookGivenUp = Counter.builder("mooring.webhook.given.up")
            .description("Events that webhooks have given up")
            .register(registry);

    private record TimerKey(String name, String label, String value, String result) {}

    /** Starts with the meters of the JVM. */
    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        gc.bindTo(registry);
    }

    /** Counts an attempt to park in {@code mooring_parks_total{result}}; {@code result} is the name of a refusal or ok. */
    public void park(String result) {
        count("mooring.parks", "Attempts to park, by what came of them: ok, or the name of a refusal",
                "result", result, 1);
    }

    /** Counts an attempt to retrieve in {@code mooring_retrieves_total{result}}. */
    public void retrieve(String result) {
        count("mooring.retrieves", "Attempts to retrieve, by what came of them: ok, or the name of a refusal",
                "result", result, 1);
    }

    /** Counts a recall in {@code mooring_recalls_total{result}}. */
    public void recall(String result) {
        count("mooring.recalls", "Recalls, by what came of them", "result", result, 1);
    }

    /** Counts whether a parked party was still there when it was asked. */
    public void probe(String result) {
        count("mooring.probes", "Questions to parked parties whether they are still there, by what was found",
                "result", result, 1);
    }

    /** Counts NOTIFYs to watchers in {@code mooring_notifies_total{result}}: sent, failed, or the last of a subscription. */
    public void notifies(String result, int count) {
        count("mooring.notifies", "NOTIFYs to watchers: sent, failed, or the last of a subscription",
                "result", result, count);
    }

    /** Counts what becomes of subscriptions in {@code mooring_subscriptions_total{result}}. */
    public void subscription(String result) {
        count("mooring.subscriptions", "Subscriptions, by what became of them", "result", result, 1);
    }

    /** Times how late a recall began in {@code mooring_recall_late_seconds}: from its due time to its turn. */
    public void recallLate(long millis) {
        time("mooring.recall.late", "How late recalls began: from their due time to their turn", "", "", "begun",
                TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis)));
    }

    /** Times one event of an edge in {@code mooring_edge_event_seconds{method,result}}. */
    public void edgeEvent(String method, String result, long nanos) {
        time("mooring.edge.event", "Events of edges, from their arrival to the answer", "method", method, result,
                nanos);
    }

    /** Counts an event that was refused unseen in {@code mooring_edge_refused_total{reason}}. */
    public void edgeRefused(String reason) {
        count("mooring.edge.refused", "Events of edges that were refused unseen", "reason", reason, 1);
    }

    /** Times one post of actions to an edge in {@code mooring_edge_actions_seconds{result}}. */
    public void edgeActions(String result, long nanos) {
        time("mooring.edge.actions", "Posts of actions to edges", "", "", result, nanos);
    }

    /** Times one command to Redis in {@code mooring_redis_seconds{command,result}}; a script counts by its name. */
    public void redis(String command, String result, long nanos) {
        time("mooring.redis", "Commands to Redis; a script counts by its name", "command", command, result, nanos);
    }

    /** Times one command to rtpengine in {@code mooring_rtpengine_seconds{command,result}}. */
    public void rtpengine(String command, String result, long nanos) {
        time("mooring.rtpengine", "Commands to rtpengine, copies included", "command", command, result, nanos);
    }

    /** Counts a command that is sent to rtpengine once more in {@code mooring_rtpengine_repeats_total}. */
    public void rtpengineRepeat() {
        rtpengineRepeats.increment();
    }

    /** Counts calls whose media were seen to because rtpengine had started anew, in {@code mooring_media_again_total{result}}. */
    public void mediaAgain(String result) {
        count("mooring.media.again",
                "Calls after a start of rtpengine: it plays to them again, they were sent a new offer, or it lost them",
                "result", result, 1);
    }

    /** Counts a tenant's sound that could not be played in {@code mooring_sound_fallbacks_total{reason}}. */
    public void soundFallback(String reason) {
        count("mooring.sound.fallbacks", "Sounds of tenants that could not be played", "reason", reason, 1);
    }

    /** Times one post to a webhook in {@code mooring_webhook_seconds{result}}. */
    public void webhook(String result, long nanos) {
        time("mooring.webhook", "Posts to webhooks", "", "", result, nanos);
    }

    /** Counts an event that was given up in {@code mooring_webhook_given_up_total}. */
    public void webhookGivenUp() {
        webhookGivenUp.increment();
    }

    /**
     * Shows a number that is read at each scrape, such as {@code mooring_shards_held}.
     *
     * @param name Prometheus name
     * @param help what it tells
     * @param source what to ask; held strongly
     * @param value reads the number, without waiting
     */
    public <T> void gauge(String name, String help, T source, ToDoubleFunction<T> value) {
        Gauge.builder(name, source, value).description(help).strongReference(true).register(registry);
    }

    /** For meters of libraries. */
    public MeterRegistry registry() {
        return registry;
    }

    /** Everything in the text format of Prometheus. */
    public String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }

    private void count(String name, String help, String label, String value, double by) {
        Counter.builder(name).description(help).tag(label, value).register(registry).increment(by);
    }

    private void time(String name, String help, String label, String value, String result, long nanos) {
        timers.computeIfAbsent(new TimerKey(name, label, value, result), key -> timer(key, help))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(TimerKey key, String help) {
        var result = Tag.of("result", key.result);
        return Timer.builder(key.name)
                .description(help)
                .tags(key.label.isEmpty() ? List.of(result) : List.of(Tag.of(key.label, key.value), result))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
