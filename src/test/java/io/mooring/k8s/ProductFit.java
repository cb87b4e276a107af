package io.mooring.k8s;

import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Probe;
import io.mooring.config.ConfigException;
import io.mooring.config.NodeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where manifests and product differ: settings, ports, what probes ask, how long a drain takes. The product's own code reads the settings. */
final class ProductFit {
    private static final Pattern SETTING = Pattern.compile("MOORING_[A-Z0-9_]+");
    private static final String FILE = "_FILE";
    private static final int SPARE_SECONDS = 5;
    /** That an edge may be silent at its end (run-edge). */
    private static final int SILENT_SECONDS = 2;
    /** What kube-proxy takes on every host, unless it is told otherwise. */
    private static final int NODE_PORTS_FIRST = 30_000;
    private static final int NODE_PORTS_LAST = 32_767;
    private static final Map<String, String> FIELDS = Map.of("metadata.name", "pod-0", "status.podIP", "10.1.2.3",
            "status.hostIP", "10.9.8.7");

    private final Manifests manifests;
    private final Path folder;
    private final List<String> findings = new ArrayList<>();

    private ProductFit(Manifests manifests, Path folder) {
        this.manifests = manifests;
        this.folder = folder;
    }

    /** @param folder for files that settings name */
    static List<String> findings(Manifests manifests, Path folder) {
        var check = new ProductFit(manifests, folder);
        check.node();
        check.edge();
        check.rtpengine();
        check.redis();
        return List.copyOf(check.findings);
    }

    private void expect(boolean right, String what) {
        if (!right) {
            findings.add(what);
        }
    }

    private static String text(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Settings in the first column of a table. */
    private static Set<String> documented(String file) {
        return settings(text(file).lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("\\|", -1)[1])
                .toList());
    }

    private static Set<String> settings(Iterable<String> texts) {
        var found = new TreeSet<String>();
        for (String text : texts) {
            Matcher setting = SETTING.matcher(text);
            while (setting.find()) {
                found.add(setting.group());
            }
        }
        return found;
    }

    private static V1Container container(Manifests.Workload workload, String name) {
        return Objects.requireNonNull(workload.template().getSpec())
                .getContainers()
                .stream()
                .filter(it -> it.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What the container finds in its environment, as the kubelet makes it. */
    private Map<String, String> environment(Manifests.Workload workload, V1Container container) {
        var environment = new TreeMap<String, String>();
        for (var from : Optional.ofNullable(container.getEnvFrom()).orElse(List.of())) {
            manifests
                    .find(V1ConfigMap.class, workload.namespace(),
                            String.valueOf(Objects.requireNonNull(from.getConfigMapRef()).getName()))
                    .ifPresent(it -> environment.putAll(Objects.requireNonNull(it.getData())));
        }
        for (var variable : Optional.ofNullable(container.getEnv()).orElse(List.of())) {
            String value = variable.getValueFrom() == null
                    ? String.valueOf(variable.getValue())
                    : FIELDS.getOrDefault(Objects.requireNonNull(variable.getValueFrom().getFieldRef()).getFieldPath(),
                            "");
            environment.put(variable.getName(), expand(value, environment));
        }
        return environment;
    }

    private static String expand(String value, Map<String, String> environment) {
        return Pattern.compile("\\$\\(([A-Z_]+)\\)")
                .matcher(value)
                .replaceAll(it -> Matcher.quoteReplacement(environment.getOrDefault(it.group(1), it.group())));
    }

    /** The same with files that are there. */
    private Map<String, String> withFiles(Map<String, String> environment) {
        var with = new HashMap<>(environment);
        with.replaceAll((name, value) -> {
            if (!name.endsWith(FILE) || !name.startsWith("MOORING_")) {
                return value;
            }
            try {
                return Files
                        .writeString(folder.resolve(name),
                                name.equals("MOORING_REDIS_FILE") ? "redis://:secret@redis:6379" : "a-secret")
                        .toString();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        // What Kubernetes sets in no container, and this machine may have.
        with.keySet().removeIf(name -> !name.startsWith("MOORING_"));
        return with;
    }

    private void sameSettings(String who, Map<String, String> environment, Set<String> documented) {
        var given = new TreeSet<String>();
        environment.keySet()
                .stream()
                .filter(it -> it.startsWith("MOORING_"))
                .map(it -> it.endsWith(FILE) && documented.contains(it.substring(0, it.length() - FILE.length()))
                        ? it.substring(0, it.length() - FILE.length())
                        : it)
                .forEach(given::add);
        given.stream()
                .filter(it -> !documented.contains(it))
                .forEach(it -> findings.add(who + ": there is no setting " + it));
        documented.stream().filter(it -> !given.contains(it)).forEach(it -> findings.add(who + ": lacks " + it));
    }

    private void ports(String who, V1Container container, Set<String> listening) {
        var declared = new TreeSet<String>();
        Optional.ofNullable(container.getPorts())
                .orElse(List.of())
                .forEach(it -> declared.add(it.getContainerPort() + "/" + it.getProtocol()));
        expect(declared.equals(listening), who + ": listens at " + listening + ", the manifest says " + declared);
    }

    private void probe(String who, @Nullable V1Probe probe, String path, int port, V1Container container) {
        var get = probe == null ? null : probe.getHttpGet();
        expect(get != null && path.equals(get.getPath()), who + ": a probe should ask " + path);
        if (get != null) {
            Integer asked = get.getPort().isInteger()
                    ? get.getPort().getIntValue()
                    : Optional.ofNullable(container.getPorts())
                            .orElse(List.of())
                            .stream()
                            .filter(it -> get.getPort().getStrValue().equals(it.getName()))
                            .map(it -> it.getContainerPort())
                            .findFirst()
                            .orElse(null);
            expect(Objects.equals(asked, port), who + ": " + path + " is at port " + port + ", a probe asks " + asked);
        }
    }

    private void node() {
        Manifests.Workload workload = manifests.workload("mooring-node");
        V1Container container = container(workload, "node");
        var environment = environment(workload, container);
        var known = settings(List.of(text("src/main/java/io/mooring/config/NodeConfig.java")));
        var documented = documented("docs/configuration.md");
        expect(known.equals(documented), "docs/configuration.md and NodeConfig differ: " + documented + known);
        sameSettings("node", environment, documented);
        NodeConfig config;
        try {
            config = NodeConfig.from(withFiles(environment));
        } catch (ConfigException e) {
            e.mistakes().forEach(it -> findings.add("node: does not start: " + it));
            return;
        }
        int admin = config.adminListen().port();
        ports("node", container,
                new TreeSet<>(Set.of(config.edge().listen().port() + "/TCP", config.api().listen().port() + "/TCP",
                        admin + "/TCP",
                        config.cluster().orElseThrow().listen().port() + "/TCP",
                        config.media().dtmfListen().orElseThrow().port() + "/UDP")));
        probe("node", container.getStartupProbe(), "/startupz", admin, container);
        probe("node", container.getReadinessProbe(), "/readyz", admin, container);
        // Not /readyz: a node that is killed because Redis is away helps nobody.
        probe("node", container.getLivenessProbe(), "/livez", admin, container);
        Long grace = Objects.requireNonNull(workload.template().getSpec()).getTerminationGracePeriodSeconds();
        List<String> before = Objects.requireNonNull(container.getLifecycle().getPreStop().getExec().getCommand());
        long needed = Long.parseLong(before.getLast()) + config.drain().toSeconds() + SPARE_SECONDS;
        expect(grace != null && grace >= needed, "node: is killed after " + grace + " s, a drain may take " + needed);
        String nodes = environment(manifests.workload("edge"), container(manifests.workload("edge"), "kamailio"))
                .getOrDefault("MOORING_NODES", "");
        for (int i = 0; i < workload.most(); i++) {
            String url = "http://mooring-node-" + i + ".mooring.svc:" + config.edge().listen().port();
            expect(List.of(nodes.split(",", -1)).contains(url), "edge: knows no node " + url);
        }
    }

    private void edge() {
        Manifests.Workload workload = manifests.workload("edge");
        V1Container container = container(workload, "kamailio");
        var environment = environment(workload, container);
        var documented = documented("kamailio/README.md");
        var known = settings(text("kamailio/render-local-cfg").lines()
                .filter(line -> line.contains("value MOORING_") || line.contains("readable_file MOORING_")
                        || line.startsWith("number_")
                        || line.contains("${MOORING_NODES"))
                .toList());
        expect(known.equals(documented), "kamailio/README.md and render-local-cfg differ: " + documented + known);
        sameSettings("edge", environment, documented);
        var listening = new TreeSet<String>();
        long needed = SILENT_SECONDS + SPARE_SECONDS;
        try {
            var builder = new ProcessBuilder("kamailio/render-local-cfg").redirectErrorStream(true);
            builder.environment().keySet().removeIf(it -> it.startsWith("MOORING_"));
            builder.environment().putAll(withFiles(environment));
            // It would wait for each of them.
            builder.environment().remove("MOORING_REDIS_SERVERS");
            builder.environment().remove("MOORING_REDIS_CLUSTER");
            Process process = builder.start();
            String rendered = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            expect(process.waitFor() == 0, "edge: does not start: "
                    + rendered.lines().filter(line -> line.startsWith("render-local-cfg")).toList());
            Matcher listen = Pattern.compile("(?m)^listen=(udp|tcp):10\\.9\\.8\\.7:([0-9]+)").matcher(rendered);
            while (listen.find()) {
                listening.add(listen.group(2) + "/" + listen.group(1).toUpperCase(java.util.Locale.ROOT));
            }
            Matcher drain = Pattern.compile("(?m)^#!define MOORING_EDGE_DRAIN_SECONDS ([0-9]+)$").matcher(rendered);
            if (drain.find()) {
                needed += Long.parseLong(drain.group(1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        ports("edge", container, listening);
        Long grace = Objects.requireNonNull(workload.template().getSpec()).getTerminationGracePeriodSeconds();
        expect(grace != null && grace >= needed, "edge: is killed after " + grace + " s, a drain may take " + needed);
        List<String> peers = List.of(environment.getOrDefault("MOORING_EDGE_PEERS", "").split(","));
        expect(workload.most() <= peers.size(), "edge: " + workload.most() + " of them, and peers " + peers);
        int control = Integer.parseInt(environment.getOrDefault("MOORING_CONTROL_PORT", "0"));
        String path = "/edge/v1/health";
        expect(text("kamailio/control.cfg").contains('"' + path + '"'), "the edge does not know " + path);
        probe("edge", container.getStartupProbe(), path, control, container);
        probe("edge", container.getReadinessProbe(), path, control, container);
        probe("edge", container.getLivenessProbe(), path, control, container);
    }

    private void rtpengine() {
        Manifests.Workload workload = manifests.workload("rtpengine");
        V1Container container = container(workload, "rtpengine");
        var environment = environment(workload, container);
        var arguments = new HashMap<String, String>();
        for (String argument : Objects.requireNonNull(container.getArgs())) {
            String[] parts = expand(argument, environment).split("=", 2);
            arguments.put(parts[0], parts.length > 1 ? parts[1] : "");
        }
        String ng = String.valueOf(arguments.get("--listen-ng"));
        String http = String.valueOf(arguments.get("--listen-http"));
        int httpPort = Integer.parseInt(http.substring(http.lastIndexOf(':') + 1));
        ports("rtpengine", container,
                new TreeSet<>(Set.of(ng.substring(ng.lastIndexOf(':') + 1) + "/UDP", httpPort + "/TCP")));
        probe("rtpengine", container.getStartupProbe(), "/ping", httpPort, container);
        probe("rtpengine", container.getReadinessProbe(), "/ping", httpPort, container);
        probe("rtpengine", container.getLivenessProbe(), "/ping", httpPort, container);
        int first = Integer.parseInt(arguments.getOrDefault("--port-min", "0"));
        int last = Integer.parseInt(arguments.getOrDefault("--port-max", "0"));
        expect(first > 1_023 && first < last && (last < NODE_PORTS_FIRST || first > NODE_PORTS_LAST),
                "rtpengine: ports " + first + " to " + last + " are also those of Kubernetes' services");
        var unset = arguments.values().stream().filter(it -> it.contains("$(")).toList();
        expect(unset.isEmpty(), "rtpengine: nothing sets " + unset);
        keptSessions(String.valueOf(arguments.get("--redis")), workload);
    }

    /** Its own Redis is on the same host, where nobody else reaches it, and listens where rtpengine asks. */
    private void keptSessions(String redis, Manifests.Workload rtpengine) {
        Manifests.Workload workload = manifests.workload("rtpengine-redis");
        V1Container container = container(workload, "redis");
        List<String> arguments = Objects.requireNonNull(container.getArgs());
        String bound = arguments.get(arguments.indexOf("--bind") + 1);
        String port = arguments.get(arguments.indexOf("--port") + 1);
        expect(redis.equals(bound + ":" + port + "/0"),
                "rtpengine: keeps its sessions at " + redis + ", its Redis is at " + bound + ":" + port);
        expect(bound.equals("127.0.0.1"), "rtpengine-redis: others reach it at " + bound);
        expect(Objects.equals(Objects.requireNonNull(rtpengine.template().getSpec()).getNodeSelector(),
                Objects.requireNonNull(workload.template().getSpec()).getNodeSelector()),
                "rtpengine-redis: is not on the hosts of rtpengine");
        ports("rtpengine-redis", container, new TreeSet<>(Set.of(port + "/TCP")));
        for (V1Probe probe : List.of(container.getStartupProbe(), container.getReadinessProbe(),
                container.getLivenessProbe())) {
            expect(probe.getExec() != null
                    && List.of("redis-cli", "-p", port, "ping").equals(probe.getExec().getCommand()),
                    "rtpengine-redis: a probe should ask port " + port);
        }
    }

    /** The ports are those of Debian's redis-server and redis-sentinel, which nothing here changes. */
    private void redis() {
        Manifests.Workload workload = manifests.workload("mooring-redis");
        boolean isCluster = isCluster(workload);
        for (V1Container container : Objects.requireNonNull(workload.template().getSpec()).getContainers()) {
            String port = container.getName().equals("redis") ? "6379" : "26379";
            ports(container.getName(), container,
                    new TreeSet<>(isCluster ? Set.of(port + "/TCP", "16379/TCP") : Set.of(port + "/TCP")));
            for (V1Probe probe : List.of(container.getStartupProbe(), container.getReadinessProbe(),
                    container.getLivenessProbe())) {
                boolean isReadiness = probe.equals(container.getReadinessProbe());
                expect(probe.getExec() != null
                        && List.of(isCluster && isReadiness ? "redis-ready" : "redis-alive", port)
                                .equals(probe.getExec().getCommand()),
                        container.getName() + ": a probe should ask port " + port);
            }
        }
        if (isCluster) {
            members(workload);
        }
    }

    private static boolean isCluster(Manifests.Workload redis) {
        return List.of("start-member").equals(container(redis, "redis").getCommand());
    }

    /** Servers of a cluster know all others by name, and so does the edge; each primary has a replica. */
    private void members(Manifests.Workload workload) {
        var names = new TreeSet<String>();
        for (int i = 0; i < workload.most(); i++) {
            names.add("mooring-redis-" + i + ".mooring-redis.mooring.svc");
        }
        var environment = environment(workload, container(workload, "redis"));
        var members = new TreeSet<>(List.of(environment.getOrDefault("REDIS_MEMBERS", "").split(" ", -1)));
        expect(members.equals(names), "redis: knows " + members + ", there are " + names);
        expect(2 * Integer.parseInt(environment.getOrDefault("REDIS_PRIMARIES", "0")) <= names.size(),
                "redis: too few for a replica of each primary");
        Manifests.Workload edge = manifests.workload("edge");
        var asked = new TreeSet<>(List.of(environment(edge, container(edge, "kamailio"))
                .getOrDefault("MOORING_REDIS_CLUSTER", "")
                .split(",", -1)));
        var servers = names.stream().map(it -> it + ":6379").collect(Collectors.toCollection(TreeSet::new));
        expect(asked.equals(servers), "edge: asks " + asked + ", the cluster is " + servers);
        Manifests.Workload node = manifests.workload("mooring-node");
        expect(!environment(node, container(node, "node")).getOrDefault("MOORING_REDIS_CLUSTER", "").isEmpty(),
                "node: knows nothing of the cluster");
    }
}
