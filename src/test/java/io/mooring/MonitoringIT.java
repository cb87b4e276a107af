package io.mooring;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Refusal;
import io.mooring.config.NodeConfig;
import io.mooring.http.ProblemType;
import io.mooring.lab.LoneEdge;
import io.mooring.metrics.Metrics;
import io.mooring.store.RedisServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** The alert rules and the dashboard, held against what a node shows, the tool of Prometheus, and the handbook. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MonitoringIT {

    private static final Path FOLDER = Path.of("k8s/monitoring");
    private static final String HANDBOOK = "docs/operations.md";
    /** What Prometheus adds by itself. */
    private static final String UP = "up";
    private static final Set<String> LABELS_OF_PROMETHEUS = Set.of("job", "instance");

    private String exposition = "";
    private String edgeExposition = "";
    private Map<String, Set<String>> exposed = Map.of();

    /** A node has the gauges; what it counts comes with the first call, so a second set of meters has counted everything once. */
    @BeforeAll
    void scrape() throws Exception {
        try (var redis = RedisServer.standalone(); var http = HttpClient.newHttpClient(); var metrics = new Metrics()) {
            Node node = Node.start(NodeConfig.from(Map.of(
                    "MOORING_NODE", "n",
                    "MOORING_EDGE_LISTEN", "127.0.0.1:0",
                    "MOORING_API_LISTEN", "127.0.0.1:0",
                    "MOORING_ADMIN_LISTEN", "127.0.0.1:0",
                    "MOORING_EDGE_TOKEN", "edge",
                    "MOORING_OPERATOR_TOKEN", "operator",
                    "MOORING_MUSIC_FILE", "/music.wav",
                    "MOORING_REDIS", redis.url())));
            try {
                var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.adminPort() + "/metrics"));
                exposition = http.send(request.build(), BodyHandlers.ofString()).body();
            } finally {
                node.drain();
            }
            countOnce(metrics);
            exposition += metrics.scrape();
        }
        try (var edge = new LoneEdge()) {
            edgeExposition = edge.get("/metrics");
        }
        exposition += edgeExposition;
        exposed = PromQl.exposed(exposition);
    }

    private static void countOnce(Metrics metrics) {
        metrics.park("ok");
        metrics.retrieve("ok");
        metrics.recall("ok");
        metrics.probe("there");
        metrics.notifies("sent", 1);
        metrics.subscription("accepted");
        metrics.recallLate(1);
        metrics.edgeEvent("REFER", "ok", 1);
        metrics.edgeRefused("overloaded");
        metrics.edgeActions("ok", 1);
        metrics.redis("get", "ok", 1);
        metrics.rtpengine("offer", "ok", 1);
        metrics.rtpengineRepeat();
        metrics.soundFallback("late");
        metrics.webhook("ok", 1);
        metrics.webhookGivenUp();
        System.gc();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> metrics.scrape().contains("jvm_gc_pause_seconds_sum"));
    }

    private static JsonObject yaml(String file) throws IOException {
        return new JsonObject(new Yaml().<Map<String, Object>>load(Files.readString(FOLDER.resolve(file))));
    }

    private static Stream<JsonObject> each(JsonArray array) {
        return array.stream().map(JsonObject.class::cast);
    }

    private static List<JsonObject> alerts() throws IOException {
        return each(yaml("rules.yaml").getJsonArray("groups"))
                .flatMap(group -> each(group.getJsonArray("rules")))
                .toList();
    }

    private static Stream<JsonObject> tests() throws IOException {
        return each(yaml("rules-test.yaml").getJsonArray("tests"));
    }

    private static JsonObject dashboard() throws IOException {
        return new JsonObject(Files.readString(FOLDER.resolve("dashboard.json")));
    }

    /** Those of all panels. */
    private static List<String> expressions() throws IOException {
        return each(dashboard().getJsonArray("panels"))
                .filter(panel -> !panel.getString("type").equals("row"))
                .flatMap(panel -> each(panel.getJsonArray("targets")))
                .map(target -> target.getString("expr"))
                .toList();
    }

    @Test
    void allThatAlertsDashboardAndTestsAskForIsShown() throws Exception {
        var asking = new ArrayList<String>(expressions());
        alerts().forEach(alert -> asking.add(alert.getString("expr")));
        tests().flatMap(test -> each(test.getJsonArray("input_series", new JsonArray())))
                .forEach(series -> asking.add(series.getString("series")));
        var unknown = new ArrayList<String>();
        for (PromQl.Selector selector : asking.stream().flatMap(it -> PromQl.selectors(it).stream()).toList()) {
            Set<String> labels = selector.name().equals(UP) ? Set.of() : exposed.get(selector.name());
            if (labels == null) {
                unknown.add(selector.name());
                continue;
            }
            selector.values()
                    .keySet()
                    .stream()
                    .filter(label -> !labels.contains(label) && !LABELS_OF_PROMETHEUS.contains(label))
                    .forEach(label -> unknown.add(selector.name() + "{" + label + "}"));
        }

        assertThat(asking).hasSizeGreaterThan(100);
        assertThat(unknown).isEmpty();
    }

    @Test
    void resultsThatAlertsAskForAreThoseOfTheCode() throws Exception {
        Set<String> known = Stream.concat(
                Arrays.stream(Refusal.values()).map(Refusal::slug),
                Arrays.stream(ProblemType.values()).map(ProblemType::urnName)).collect(Collectors.toSet());
        String code;
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            var sources = new StringBuilder();
            for (Path file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
                sources.append(Files.readString(file));
            }
            code = sources.append(Files.readString(Path.of("kamailio/metrics.cfg"))).toString();
        }
        Set<String> results = alerts().stream()
                .flatMap(alert -> PromQl.selectors(alert.getString("expr")).stream())
                .flatMap(selector -> Stream.of("result", "reason")
                        .flatMap(label -> selector.values().getOrDefault(label, List.of()).stream()))
                // failed-4xx is made of "failed-" and the status.
                .map(value -> value.replaceFirst("(?<=failed-|refused-)(\\d|\\[\\d+])xx$", ""))
                .collect(Collectors.toSet());

        assertThat(results).contains("media-unavailable", "failed-", "ok");
        assertThat(results).allSatisfy(
                value -> assertThat(known.contains(value) || code.contains("\"" + value + "\"")).as(value).isTrue());
    }

    @Test
    void everyMeterSaysWhatItIs() {
        List<String> silent = exposition.lines()
                .filter(line -> line.startsWith("# HELP mooring_") && line.strip().split(" ").length < 4)
                .toList();

        assertThat(exposition).contains("# HELP mooring_parks_total ");
        assertThat(silent).isEmpty();
    }

    @Test
    void everyAlertIsWholeAndHasItsTestAndItsSectionInTheHandbook() throws Exception {
        List<JsonObject> alerts = alerts();
        List<String> names = alerts.stream().map(alert -> alert.getString("alert")).toList();
        List<String> sections = Files.readAllLines(Path.of(HANDBOOK))
                .stream()
                .filter(line -> line.startsWith("### Mooring"))
                .map(line -> line.substring("### ".length()))
                .toList();
        Map<String, Integer> fired = new HashMap<>();
        tests().flatMap(test -> each(test.getJsonArray("promql_expr_test")))
                .flatMap(query -> each(query.getJsonArray("exp_samples")))
                .flatMap(sample -> PromQl.selectors("ALERTS" + sample.getString("labels")).stream())
                .flatMap(selector -> selector.values().getOrDefault("alertname", List.of()).stream())
                .forEach(name -> fired.merge(name, 1, Integer::sum));

        assertThat(names).doesNotHaveDuplicates().hasSizeGreaterThan(20);
        assertThat(sections).containsExactlyInAnyOrderElementsOf(names);
        assertThat(fired.keySet()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(alerts).allSatisfy(alert -> {
            JsonObject annotations = alert.getJsonObject("annotations");
            assertThat(alert.getJsonObject("labels").getString("severity")).isIn("critical", "warning", "info");
            assertThat(annotations.getString("summary")).isNotBlank();
            assertThat(annotations.getString("description")).isNotBlank();
            assertThat(annotations.getString("runbook"))
                    .isEqualTo(HANDBOOK + "#" + alert.getString("alert").toLowerCase(Locale.ROOT));
        });
    }

    @Test
    void promtoolAcceptsWhatTheEdgeShows(@TempDir Path folder) throws Exception {
        assertThat(edgeExposition).contains("# HELP mooring_kamailio_events_total ").doesNotContain("<null>");
        Path file = Files.writeString(folder.resolve("metrics"), edgeExposition);
        Process process = new ProcessBuilder("promtool", "check", "metrics").redirectInput(file.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void promtoolAcceptsTheRulesAndTheirTestsPass() throws Exception {
        promtool("check", "rules", FOLDER.resolve("rules.yaml").toString());
        promtool("test", "rules", FOLDER.resolve("rules-test.yaml").toString());
    }

    @Test
    void promtoolUnderstandsEveryPanelOfTheDashboard(@TempDir Path folder) throws Exception {
        var rules = new JsonArray();
        for (String expression : expressions()) {
            rules.add(new JsonObject().put("record", "panel" + rules.size())
                    .put("expr", expression.replace("$__rate_interval", "1m")));
        }
        var file = new JsonObject().put("groups",
                new JsonArray().add(new JsonObject().put("name", "dashboard").put("rules", rules)));

        promtool("check", "rules", Files.writeString(folder.resolve("dashboard.yaml"), file.encode()).toString());
    }

    @Test
    void theDashboardKeepsItsIdAndAsksForItsDataSource() throws Exception {
        JsonObject dashboard = dashboard();
        List<JsonObject> panels = each(dashboard.getJsonArray("panels")).toList();

        assertThat(dashboard.getString("uid")).isEqualTo("mooring");
        assertThat(each(dashboard.getJsonObject("templating").getJsonArray("list"))
                .anyMatch(it -> it.getString("type").equals("datasource") && it.getString("name").equals("datasource")))
                .isTrue();
        assertThat(panels.stream().map(panel -> panel.getInteger("id"))).doesNotHaveDuplicates();
        assertThat(panels).filteredOn(panel -> !panel.getString("type").equals("row"))
                .allSatisfy(
                        panel -> assertThat(panel.getJsonObject("datasource").getString("uid"))
                                .isEqualTo("${datasource}"));
    }

    private static void promtool(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }
}
