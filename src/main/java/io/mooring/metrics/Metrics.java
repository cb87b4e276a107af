package io.mooring.metrics;

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
        registry.counter("mooring.parks", "result", result).increment();
    }

    /** Counts an attempt to retrieve in {@code mooring_retrieves_total{result}}. */
    public void retrieve(String result) {
        registry.counter("mooring.retrieves", "result", result).increment();
    }

    /** Counts a recall in {@code mooring_recalls_total{result}}. */
    public void recall(String result) {
        registry.counter("mooring.recalls", "result", result).increment();
    }

    /** Counts whether a parked party was still there when it was asked. */
    public void probe(String result) {
        registry.counter("mooring.probes", "result", result).increment();
    }

    /** Times how late a recall began in {@code mooring_recall_late_seconds}: from its due time to its turn. */
    public void recallLate(long millis) {
        time("mooring.recall.late", "", "", "begun", TimeUnit.MILLISECONDS.toNanos(Math.max(0, millis)));
    }

    /** Times one event of an edge in {@code mooring_edge_event_seconds{method,result}}. */
    public void edgeEvent(String method, String result, long nanos) {
        time("mooring.edge.event", "method", method, result, nanos);
    }

    /** Counts an event that was refused unseen in {@code mooring_edge_refused_total{reason}}. */
    public void edgeRefused(String reason) {
        registry.counter("mooring.edge.refused", "reason", reason).increment();
    }

    /** Times one post of actions to an edge in {@code mooring_edge_actions_seconds{result}}. */
    public void edgeActions(String result, long nanos) {
        time("mooring.edge.actions", "", "", result, nanos);
    }

    /** Times one command to Redis in {@code mooring_redis_seconds{command,result}}; a script counts by its name. */
    public void redis(String command, String result, long nanos) {
        time("mooring.redis", "command", command, result, nanos);
    }

    /** Times one command to rtpengine in {@code mooring_rtpengine_seconds{command,result}}. */
    public void rtpengine(String command, String result, long nanos) {
        time("mooring.rtpengine", "command", command, result, nanos);
    }

    /** Counts a command that is sent to rtpengine once more in {@code mooring_rtpengine_repeats_total}. */
    public void rtpengineRepeat() {
        registry.counter("mooring.rtpengine.repeats").increment();
    }

    /** Counts a tenant's sound that could not be played in {@code mooring_sound_fallbacks_total{reason}}. */
    public void soundFallback(String reason) {
        registry.counter("mooring.sound.fallbacks", "reason", reason).increment();
    }

    /**
     * Shows a number that is read at each scrape, such as {@code mooring_parked_calls}.
     *
     * @param name Prometheus name
     * @param source what to ask; held strongly
     * @param value reads the number, without waiting
     */
    public <T> void gauge(String name, T source, ToDoubleFunction<T> value) {
        Gauge.builder(name, source, value).strongReference(true).register(registry);
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

    private void time(String name, String label, String value, String result, long nanos) {
        timers.computeIfAbsent(new TimerKey(name, label, value, result), this::timer)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(TimerKey key) {
        var result = Tag.of("result", key.result);
        return Timer.builder(key.name)
                .tags(key.label.isEmpty() ? List.of(result) : List.of(Tag.of(key.label, key.value), result))
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
