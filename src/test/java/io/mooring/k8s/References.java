package io.mooring.k8s;

import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1HTTPGetAction;
import io.kubernetes.client.openapi.models.V1LabelSelector;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1NetworkPolicyPeer;
import io.kubernetes.client.openapi.models.V1NetworkPolicyPort;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Probe;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V1Volume;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What names something that is not there, or selects nothing. */
final class References {
    private static final String POD_NAME = "statefulset.kubernetes.io/pod-name";
    /** [pod.]service.namespace.svc[:port]. */
    private static final Pattern HOST = Pattern.compile(
            "(?:([a-z0-9-]+)\\.)?([a-z0-9-]+)\\.(mooring(?:-edge)?)\\.svc(?::([0-9]+))?");

    private final Manifests manifests;
    private final List<String> findings = new ArrayList<>();

    private References(Manifests manifests) {
        this.manifests = manifests;
    }

    static List<String> findings(Manifests manifests) {
        var check = new References(manifests);
        manifests.workloads().forEach(check::workload);
        manifests.all(V1StatefulSet.class).forEach(check::statefulSet);
        manifests.all(V1Service.class).forEach(check::service);
        manifests.all(V1PodDisruptionBudget.class).forEach(check::budget);
        manifests.all(V1NetworkPolicy.class).forEach(check::policy);
        manifests.all(V2HorizontalPodAutoscaler.class).forEach(check::scaler);
        check.namespaces();
        check.hosts();
        return List.copyOf(check.findings);
    }

    private void expect(boolean there, String what) {
        if (!there) {
            findings.add(what);
        }
    }

    private static <T> List<T> list(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static Map<String, String> labels(Manifests.Workload workload) {
        return Objects.requireNonNull(Objects.requireNonNull(workload.template().getMetadata()).getLabels());
    }

    private static List<V1Container> containers(Manifests.Workload workload) {
        return Objects.requireNonNull(workload.template().getSpec()).getContainers();
    }

    private static List<V1ContainerPort> ports(Manifests.Workload workload) {
        return containers(workload).stream().flatMap(it -> list(it.getPorts()).stream()).toList();
    }

    private static boolean selects(@Nullable V1LabelSelector selector, Map<String, String> labels) {
        Map<String, String> wanted = selector == null || selector.getMatchLabels() == null
                ? Map.of()
                : selector.getMatchLabels();
        return labels.entrySet().containsAll(wanted.entrySet());
    }

    private static boolean everyPod(@Nullable V1LabelSelector selector) {
        return selector == null || selector.getMatchLabels() == null || selector.getMatchLabels().isEmpty();
    }

    private List<Manifests.Workload> selected(String namespace, Map<String, String> selector) {
        var rest = new HashMap<>(selector);
        String pod = rest.remove(POD_NAME);
        return manifests.workloads()
                .stream()
                .filter(it -> it.namespace().equals(namespace) && labels(it).entrySet().containsAll(rest.entrySet()))
                .filter(it -> pod == null || hasPod(it, pod))
                .toList();
    }

    private static boolean hasPod(Manifests.Workload workload, String pod) {
        for (int i = 0; i < workload.most(); i++) {
            if (workload.kind().equals("StatefulSet") && pod.equals(workload.name() + "-" + i)) {
                return true;
            }
        }
        return false;
    }

    private void workload(Manifests.Workload workload) {
        String who = workload + ": ";
        var spec = Objects.requireNonNull(workload.template().getSpec());
        expect(selects(workload.selector(), labels(workload)), who + "selects other pods than its own");
        var volumes = list(spec.getVolumes()).stream().collect(Collectors.toMap(V1Volume::getName, it -> it));
        var claims = manifests.find(V1StatefulSet.class, workload.namespace(), workload.name())
                .map(it -> list(it.getSpec().getVolumeClaimTemplates()))
                .orElse(List.of())
                .stream()
                .map((V1PersistentVolumeClaim it) -> it.getMetadata().getName())
                .collect(Collectors.toSet());
        for (V1Volume volume : volumes.values()) {
            if (volume.getConfigMap() != null) {
                expect(manifests.find(V1ConfigMap.class, workload.namespace(), volume.getConfigMap().getName())
                        .isPresent(),
                        who + "no config map " + volume.getConfigMap().getName());
            }
            if (volume.getPersistentVolumeClaim() != null) {
                String claim = volume.getPersistentVolumeClaim().getClaimName();
                expect(manifests.find(V1PersistentVolumeClaim.class, workload.namespace(), claim).isPresent(),
                        who + "no claim " + claim);
            }
            if (volume.getSecret() != null) {
                expect(secret(workload, volume).isPresent(), who + "no secret " + volume.getSecret().getSecretName());
            }
        }
        list(spec.getTopologySpreadConstraints()).forEach(
                spread -> expect(selects(spread.getLabelSelector(), labels(workload)),
                        who + "spreads other pods than its own"));
        for (V1Container container : containers(workload)) {
            list(container.getEnvFrom()).forEach(from -> expect(from.getConfigMapRef() != null
                    && manifests.find(V1ConfigMap.class, workload.namespace(), from.getConfigMapRef().getName())
                            .isPresent(),
                    who + "no config map for the environment of " + container.getName()));
            for (V1VolumeMount mount : list(container.getVolumeMounts())) {
                expect(volumes.containsKey(mount.getName()) || claims.contains(mount.getName()),
                        who + "no volume " + mount.getName());
            }
            secretFiles(workload, container, volumes);
            Stream.of(container.getStartupProbe(), container.getReadinessProbe(), container.getLivenessProbe())
                    .forEach(probe -> probe(who, container, probe));
        }
    }

    private Optional<V1Secret> secret(Manifests.Workload workload, V1Volume volume) {
        return manifests.find(V1Secret.class, workload.namespace(), String.valueOf(volume.getSecret().getSecretName()));
    }

    /** What a variable ending in _FILE names is a key of the secret that is mounted there. */
    private void secretFiles(Manifests.Workload workload, V1Container container, Map<String, V1Volume> volumes) {
        for (var variable : list(container.getEnv())) {
            if (!variable.getName().endsWith("_FILE")) {
                continue;
            }
            String file = String.valueOf(variable.getValue());
            boolean there = list(container.getVolumeMounts()).stream()
                    .filter(mount -> file.startsWith(mount.getMountPath() + "/")
                            && volumes.get(mount.getName()).getSecret() != null)
                    .anyMatch(mount -> secret(workload, volumes.get(mount.getName()))
                            .map(V1Secret::getData)
                            .filter(data -> data.containsKey(file.substring(mount.getMountPath().length() + 1)))
                            .isPresent());
            expect(there, workload + ": " + variable.getName() + " is no key of a secret: " + file);
        }
    }

    private void probe(String who, V1Container container, @Nullable V1Probe probe) {
        expect(probe != null, who + container.getName() + " lacks a probe");
        V1HTTPGetAction get = probe == null ? null : probe.getHttpGet();
        if (get != null) {
            expect(named(list(container.getPorts()), get.getPort()),
                    who + "a probe asks port " + get.getPort() + ", which there is not");
        } else {
            expect(probe == null || probe.getExec() != null, who + "a probe asks nothing");
        }
    }

    private static boolean named(List<V1ContainerPort> ports, IntOrString port) {
        return ports.stream()
                .anyMatch(it -> port.isInteger()
                        ? it.getContainerPort().equals(port.getIntValue())
                        : port.getStrValue().equals(it.getName()));
    }

    private void statefulSet(V1StatefulSet set) {
        var service = manifests.find(V1Service.class, Manifests.namespace(set),
                String.valueOf(set.getSpec().getServiceName()));
        expect(service.filter(it -> "None".equals(it.getSpec().getClusterIP())).isPresent(),
                Manifests.name(set) + ": no headless service " + set.getSpec().getServiceName());
        expect(service.filter(it -> Boolean.TRUE.equals(it.getSpec().getPublishNotReadyAddresses())).isPresent(),
                Manifests.name(set) + ": its service hides pods that are not ready, which look for one another");
    }

    private void service(V1Service service) {
        String who = "service " + Manifests.name(service) + ": ";
        var selector = Objects.requireNonNull(service.getSpec().getSelector());
        var selected = selected(Manifests.namespace(service), selector);
        // More services than pods may be: the edge can name eight nodes.
        boolean spare = selector.containsKey(POD_NAME) && manifests.workloads()
                .stream()
                .anyMatch(it -> selector.get(POD_NAME).matches(Pattern.quote(it.name()) + "-[0-9]+")
                        && it.namespace().equals(Manifests.namespace(service)));
        if (selected.isEmpty() && spare) {
            return;
        }
        expect(selected.size() == 1, who + "selects " + selected);
        for (var workload : selected) {
            list(service.getSpec().getPorts()).forEach(port -> expect(
                    ports(workload).stream()
                            .anyMatch(it -> named(List.of(it), Objects.requireNonNull(port.getTargetPort()))
                                    && String.valueOf(it.getProtocol()).equals(port.getProtocol())),
                    who + "no port " + port.getTargetPort() + "/" + port.getProtocol()));
        }
    }

    private void budget(V1PodDisruptionBudget budget) {
        var selector = Optional.ofNullable(budget.getSpec().getSelector())
                .map(it -> it.getMatchLabels())
                .orElse(Map.of());
        expect(selected(Manifests.namespace(budget), selector).size() == 1,
                "budget " + Manifests.name(budget) + ": selects nothing of ours");
        expect(Objects.equals(budget.getSpec().getMaxUnavailable(), new IntOrString(1)),
                "budget " + Manifests.name(budget) + ": not one at a time");
    }

    private void scaler(V2HorizontalPodAutoscaler scaler) {
        var target = scaler.getSpec().getScaleTargetRef();
        expect(manifests.workloads()
                .stream()
                .anyMatch(it -> it.kind().equals(target.getKind()) && it.name().equals(target.getName())
                        && it.namespace().equals(Manifests.namespace(scaler))),
                "scaler " + Manifests.name(scaler) + ": no " + target.getKind() + " " + target.getName());
    }

    private void policy(V1NetworkPolicy policy) {
        String who = "policy " + Manifests.name(policy) + ": ";
        String namespace = Manifests.namespace(policy);
        var spec = Objects.requireNonNull(policy.getSpec());
        var own = everyPod(spec.getPodSelector()) ? null : spec.getPodSelector().getMatchLabels();
        if (own != null) {
            expect(!selected(namespace, own).isEmpty(), who + "selects no pod");
        }
        for (var rule : list(spec.getIngress())) {
            peers(who, namespace, list(rule.getFrom()));
            policyPorts(who, list(rule.getPorts()), own == null ? manifests.workloads() : selected(namespace, own));
        }
        for (var rule : list(spec.getEgress())) {
            List<Manifests.Workload> peers = peers(who, namespace, list(rule.getTo()));
            if (!peers.isEmpty()) {
                policyPorts(who, list(rule.getPorts()), peers);
            }
        }
    }

    private List<Manifests.Workload> peers(String who, String namespace, List<V1NetworkPolicyPeer> peers) {
        var all = new ArrayList<Manifests.Workload>();
        for (var peer : peers) {
            if (peer.getPodSelector() != null && peer.getNamespaceSelector() == null) {
                var selected = selected(namespace,
                        Optional.ofNullable(peer.getPodSelector().getMatchLabels()).orElse(Map.of()));
                expect(!selected.isEmpty(), who + "a peer that is no pod of ours");
                all.addAll(selected);
            }
        }
        return all;
    }

    private void policyPorts(String who, List<V1NetworkPolicyPort> ports, List<Manifests.Workload> workloads) {
        for (var port : ports) {
            Predicate<V1ContainerPort> same = it -> named(List.of(it), Objects.requireNonNull(port.getPort()))
                    && String.valueOf(it.getProtocol()).equals(port.getProtocol());
            expect(workloads.stream().flatMap(it -> ports(it).stream()).anyMatch(same),
                    who + "nobody listens at " + port.getPort() + "/" + port.getProtocol());
        }
    }

    /** Every namespace that is used is there, and refuses what no policy allows. */
    private void namespaces() {
        Set<String> used = new TreeSet<>();
        manifests.workloads().forEach(it -> used.add(it.namespace()));
        Set<String> there = manifests.all(V1Namespace.class).stream().map(Manifests::name).collect(Collectors.toSet());
        for (String namespace : used) {
            expect(there.contains(namespace), "no namespace " + namespace);
            expect(manifests.all(V1NetworkPolicy.class)
                    .stream()
                    .filter(it -> Manifests.namespace(it).equals(namespace))
                    .map(it -> Objects.requireNonNull(it.getSpec()))
                    .anyMatch(it -> everyPod(it.getPodSelector()) && list(it.getIngress()).isEmpty()
                            && list(it.getEgress()).isEmpty()
                            && Set.of("Ingress", "Egress").equals(Set.copyOf(list(it.getPolicyTypes())))),
                    "namespace " + namespace + ": what no policy allows is not refused");
        }
    }

    /** Names of hosts in settings are those of services, with a port that they have. */
    private void hosts() {
        var values = Stream.of(
                manifests.all(V1ConfigMap.class)
                        .stream()
                        .flatMap(it -> Objects.requireNonNull(it.getData()).values().stream()),
                manifests.all(V1Secret.class)
                        .stream()
                        .flatMap(it -> Objects.requireNonNull(it.getData()).values().stream())
                        .map(it -> new String(it, java.nio.charset.StandardCharsets.UTF_8)),
                manifests.workloads()
                        .stream()
                        .flatMap(it -> containers(it).stream())
                        .flatMap(it -> list(it.getEnv()).stream())
                        .map(it -> String.valueOf(it.getValue())))
                .flatMap(it -> it);
        values.forEach(value -> {
            Matcher host = HOST.matcher(value.replace("$(POD_NAME).", ""));
            while (host.find()) {
                host(host.group(), host.group(1), host.group(2), host.group(3), host.group(4));
            }
        });
    }

    private void host(String text, @Nullable String pod, String name, String namespace, @Nullable String port) {
        var service = manifests.find(V1Service.class, namespace, name);
        expect(service.isPresent(), "no service for " + text);
        if (service.isEmpty()) {
            return;
        }
        expect(port == null || list(service.get().getSpec().getPorts()).stream()
                .anyMatch(it -> it.getPort().toString().equals(port)),
                "the service has no such port: " + text);
        if (pod != null) {
            expect(selected(namespace, Objects.requireNonNull(service.get().getSpec().getSelector())).stream()
                    .anyMatch(it -> hasPod(it, pod)),
                    "no such pod: " + text);
        }
    }
}
