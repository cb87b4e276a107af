package io.mooring.k8s;

import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1HostAlias;
import io.kubernetes.client.openapi.models.V1HostPathVolumeSource;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaimVolumeSource;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Probe;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V1Volume;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Does by hand what a cluster does between a manifest and its pods, for {@code podman play kube}, which plays pods and little else: makes the pods of
 * StatefulSets and Deployments, gives them addresses, has the names of services in their {@code /etc/hosts}, and fills in what the kubelet would. What a
 * container is and may is left as it is, but for the probes: podman asks over HTTP by a curl that our images do not have.
 *
 * <p>usage: Played OVERLAY SECRETS NETWORK FOLDER, with the output of {@code kubectl kustomize} in the first two, and a network such as {@code 10.89.77},
 * whose address 1 is the host. Writes a file for each pod, and prints a line for each: file, name, address ({@code host}: that of the host), and what its
 * readiness probe asks ({@code -}: nothing over HTTP).
 */
public final class Played {
    private static final int FIRST_ADDRESS = 10;
    private static final String HOSTS = "hosts";

    private final Manifests manifests;
    private final String network;
    private final Path folder;
    private final List<Pod> pods = new ArrayList<>();

    private record Pod(Manifests.Workload workload, String name, String address, boolean onHost) {}

    private Played(Manifests manifests, String network, Path folder) {
        this.folder = folder;
        this.manifests = manifests;
        this.network = network;
        for (var workload : manifests.workloads()) {
            boolean onHost = Boolean.TRUE.equals(spec(workload).getHostNetwork());
            boolean numbered = workload.kind().equals("StatefulSet");
            // There is one host, and only one can listen there.
            for (int i = 0; i < (onHost ? 1 : workload.fewest()); i++) {
                pods.add(new Pod(workload, numbered ? workload.name() + "-" + i : workload.name(),
                        onHost ? host() : network + "." + (FIRST_ADDRESS + pods.size()), onHost));
            }
        }
        // Redis first, for the sake of quiet logs: any order would do.
        pods.sort((one, other) -> Boolean.compare(other.name.contains("redis"), one.name.contains("redis")));
    }

    public static void main(String[] arguments) throws IOException {
        var manifests = Manifests.parse(Files.readString(Path.of(arguments[0])),
                Files.readString(Path.of(arguments[1])));
        new Played(manifests, arguments[2], Path.of(arguments[3])).write();
    }

    private String host() {
        return network + ".1";
    }

    private static V1PodSpec spec(Manifests.Workload workload) {
        return Objects.requireNonNull(workload.template().getSpec());
    }

    private void write() throws IOException {
        // podman 4.3.1 mounts a secret in base 64: it is a folder instead.
        for (V1Secret secret : manifests.all(V1Secret.class)) {
            Path own = Files.createDirectories(secretFolder(Manifests.namespace(secret), Manifests.name(secret)));
            for (var each : Objects.requireNonNull(secret.getData()).entrySet()) {
                Files.write(own.resolve(each.getKey()), each.getValue());
            }
        }
        Files.write(folder.resolve(HOSTS), Stream.concat(Stream.of("127.0.0.1 localhost"),
                aliases().stream()
                        .map(it -> it.getIp() + " " + String.join(" ", Objects.requireNonNull(it.getHostnames()))))
                .toList());
        for (Pod pod : pods) {
            Path file = folder.resolve(pod.name + ".yaml");
            var documents = new ArrayList<String>();
            manifests.all(V1ConfigMap.class)
                    .stream()
                    .filter(it -> Manifests.namespace(it).equals(pod.workload.namespace()))
                    .forEach(it -> documents.add(it.toJson()));
            documents.add(make(pod).toJson());
            Files.writeString(file, String.join("\n---\n", documents));
            System.out.println(
                    String.join("\t", file.toString(), pod.name, pod.onHost ? "host" : pod.address, ready(pod)));
        }
    }

    private static String ready(Pod pod) {
        V1Container first = spec(pod.workload).getContainers().getFirst();
        V1Probe probe = Objects.requireNonNull(first.getReadinessProbe());
        if (probe.getHttpGet() == null) {
            return "-";
        }
        int port = Objects.requireNonNull(first.getPorts())
                .stream()
                .filter(it -> probe.getHttpGet().getPort().getStrValue().equals(it.getName()))
                .findFirst()
                .orElseThrow()
                .getContainerPort();
        return "http://" + pod.address + ":" + port + probe.getHttpGet().getPath();
    }

    private V1Pod make(Pod pod) {
        V1PodSpec spec = spec(pod.workload);
        var made = new V1PodSpec()
                .hostNetwork(spec.getHostNetwork())
                .securityContext(spec.getSecurityContext())
                .terminationGracePeriodSeconds(spec.getTerminationGracePeriodSeconds())
                .automountServiceAccountToken(spec.getAutomountServiceAccountToken())
                .enableServiceLinks(spec.getEnableServiceLinks())
                .restartPolicy("Never")
                .volumes(volumes(pod, spec))
                .containers(spec.getContainers().stream().map(it -> container(pod, it)).toList());
        return new V1Pod().apiVersion("v1")
                .kind("Pod")
                .metadata(new V1ObjectMeta().name(pod.name)
                        .labels(Objects.requireNonNull(pod.workload.template().getMetadata()).getLabels()))
                .spec(made);
    }

    private List<V1Volume> volumes(Pod pod, V1PodSpec spec) {
        var volumes = new ArrayList<>(Optional.ofNullable(spec.getVolumes()).orElse(List.of()));
        manifests.find(V1StatefulSet.class, pod.workload.namespace(), pod.workload.name())
                .map(it -> it.getSpec().getVolumeClaimTemplates())
                .orElse(List.of())
                .forEach(claim -> volumes.add(new V1Volume().name(claim.getMetadata().getName())
                        .persistentVolumeClaim(new V1PersistentVolumeClaimVolumeSource()
                                .claimName(claim.getMetadata().getName() + "-" + pod.name))));
        volumes.add(new V1Volume().name(HOSTS)
                .hostPath(new V1HostPathVolumeSource().type("File").path(folder.resolve(HOSTS).toString())));
        // podman has an empty folder as a volume of that name, which all pods would share.
        return volumes.stream().map(it -> volume(pod, it)).toList();
    }

    private V1Volume volume(Pod pod, V1Volume volume) {
        if (volume.getEmptyDir() != null) {
            return new V1Volume().name(own(pod, volume.getName())).emptyDir(volume.getEmptyDir());
        }
        if (volume.getSecret() != null) {
            return new V1Volume().name(volume.getName())
                    .hostPath(new V1HostPathVolumeSource().type("Directory")
                            .path(secretFolder(pod.workload.namespace(),
                                    String.valueOf(volume.getSecret().getSecretName())).toString()));
        }
        return volume;
    }

    private Path secretFolder(String namespace, String name) {
        return folder.resolve("secrets").resolve(namespace + "-" + name);
    }

    private static String own(Pod pod, String volume) {
        return pod.name + "-" + volume;
    }

    private static List<V1VolumeMount> mounts(Pod pod, V1Container container) {
        var empty = Optional.ofNullable(spec(pod.workload).getVolumes())
                .orElse(List.of())
                .stream()
                .filter(it -> it.getEmptyDir() != null)
                .map(V1Volume::getName)
                .toList();
        // One file for all, as one DNS: who writes into it changes the address of a name everywhere.
        var hosts = Stream.of(new V1VolumeMount().name(HOSTS).mountPath("/etc/hosts").readOnly(true));
        var own = Optional.ofNullable(container.getVolumeMounts())
                .orElse(List.of())
                .stream()
                .map(it -> new V1VolumeMount()
                        .name(empty.contains(it.getName()) ? own(pod, it.getName()) : it.getName())
                        .mountPath(it.getMountPath())
                        .readOnly(it.getReadOnly()));
        return Stream.concat(own, hosts).toList();
    }

    private V1Container container(Pod pod, V1Container container) {
        var known = new LinkedHashMap<String, String>();
        for (var from : Optional.ofNullable(container.getEnvFrom()).orElse(List.of())) {
            known.putAll(Objects.requireNonNull(manifests.find(V1ConfigMap.class, pod.workload.namespace(),
                    String.valueOf(Objects.requireNonNull(from.getConfigMapRef()).getName())).orElseThrow().getData()));
        }
        var own = new LinkedHashMap<String, String>();
        for (V1EnvVar variable : Optional.ofNullable(container.getEnv()).orElse(List.of())) {
            String value = variable.getValueFrom() == null
                    ? expand(String.valueOf(variable.getValue()), known)
                    : field(pod, String
                            .valueOf(Objects.requireNonNull(variable.getValueFrom().getFieldRef()).getFieldPath()));
            own.put(variable.getName(), value);
            known.put(variable.getName(), value);
        }
        return new V1Container()
                .name(container.getName())
                .image("localhost/" + String.valueOf(container.getImage()).replaceAll(".*/|:.*", "") + ":latest")
                .imagePullPolicy("Never")
                .command(container.getCommand())
                .args(container.getArgs() == null
                        ? null
                        : container.getArgs().stream().map(it -> expand(it, known)).toList())
                .envFrom(container.getEnvFrom())
                .env(own.entrySet().stream().map(it -> new V1EnvVar().name(it.getKey()).value(it.getValue())).toList())
                .resources(container.getResources())
                .securityContext(container.getSecurityContext())
                .volumeMounts(mounts(pod, container));
    }

    private static String expand(String text, Map<String, String> known) {
        return Pattern.compile("\\$\\(([A-Za-z0-9_]+)\\)")
                .matcher(text)
                .replaceAll(it -> Matcher.quoteReplacement(known.getOrDefault(it.group(1), it.group())));
    }

    private String field(Pod pod, String path) {
        return switch (path) {
            case "metadata.name" -> pod.name;
            case "status.podIP" -> pod.address;
            case "status.hostIP" -> host();
            default -> throw new IllegalArgumentException("not known here: " + path);
        };
    }

    /**
     * What the DNS of a cluster would answer: for a service the addresses of its pods, and for a pod of a headless one its own. And the name of a pod, which
     * the kubelet has it know.
     */
    private List<V1HostAlias> aliases() {
        var names = new HashMap<String, List<String>>();
        pods.stream()
                .filter(it -> !it.onHost)
                .forEach(it -> names.put(it.address, new ArrayList<>(List.of(it.name))));
        for (V1Service service : manifests.all(V1Service.class)) {
            String domain = Manifests.name(service) + "." + Manifests.namespace(service) + ".svc";
            for (Pod pod : pods) {
                if (selects(service, pod)) {
                    names.computeIfAbsent(pod.address, address -> new ArrayList<>()).add(domain);
                    if ("None".equals(service.getSpec().getClusterIP())) {
                        names.get(pod.address).add(pod.name + "." + domain);
                    }
                }
            }
        }
        return names.entrySet().stream().map(it -> new V1HostAlias().ip(it.getKey()).hostnames(it.getValue())).toList();
    }

    private static boolean selects(V1Service service, Pod pod) {
        var labels = new HashMap<>(
                Objects.requireNonNull(Objects.requireNonNull(pod.workload.template().getMetadata()).getLabels()));
        labels.put("statefulset.kubernetes.io/pod-name", pod.name);
        return Manifests.namespace(service).equals(pod.workload.namespace())
                && labels.entrySet().containsAll(Objects.requireNonNull(service.getSpec().getSelector()).entrySet());
    }
}
