package io.mooring.k8s;

import com.google.gson.Gson;
import io.kubernetes.client.common.KubernetesObject;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1DaemonSet;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1LabelSelector;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The objects that a kustomization makes, as Kubernetes 1.32 knows them: what it does not know is refused. */
final class Manifests {
    private static final Gson GSON = new Gson();
    /** By apiVersion and kind: all that are used here. */
    private static final Map<String, Reader> KINDS = Map.ofEntries(
            Map.entry("v1 Namespace", V1Namespace::fromJson),
            Map.entry("v1 ConfigMap", V1ConfigMap::fromJson),
            Map.entry("v1 Secret", V1Secret::fromJson),
            Map.entry("v1 PersistentVolumeClaim", V1PersistentVolumeClaim::fromJson),
            Map.entry("v1 Service", V1Service::fromJson),
            Map.entry("apps/v1 StatefulSet", V1StatefulSet::fromJson),
            Map.entry("apps/v1 Deployment", V1Deployment::fromJson),
            Map.entry("apps/v1 DaemonSet", V1DaemonSet::fromJson),
            Map.entry("policy/v1 PodDisruptionBudget", V1PodDisruptionBudget::fromJson),
            Map.entry("networking.k8s.io/v1 NetworkPolicy", V1NetworkPolicy::fromJson),
            Map.entry("autoscaling/v2 HorizontalPodAutoscaler", V2HorizontalPodAutoscaler::fromJson));

    private final List<KubernetesObject> objects;

    private interface Reader {
        KubernetesObject read(String json) throws IOException;
    }

    /**
     * What makes pods.
     *
     * @param kind StatefulSet, Deployment or DaemonSet
     * @param selector which pods are its own
     * @param template of the pods
     * @param fewest pods that there are
     * @param most pods that there may be
     */
    record Workload(String kind, String namespace, String name, V1LabelSelector selector, V1PodTemplateSpec template,
            int fewest, int most) {

        @Override
        public String toString() {
            return namespace + "/" + name;
        }
    }

    private Manifests(List<KubernetesObject> objects) {
        this.objects = objects;
    }

    /** What {@code kubectl kustomize} makes of a folder. */
    static String build(Path folder) {
        try {
            Path errors = Files.createTempFile("kustomize-", ".err");
            try {
                Process process = new ProcessBuilder("kubectl", "kustomize", folder.toString())
                        .redirectError(errors.toFile())
                        .start();
                String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (process.waitFor() != 0) {
                    throw new IllegalStateException("kubectl kustomize " + folder + ": " + Files.readString(errors));
                }
                return text;
            } finally {
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** @throws IllegalArgumentException when one of them is of no known kind, or has a field that its kind does not have, or one of another type */
    static Manifests parse(String... documents) {
        var objects = new ArrayList<KubernetesObject>();
        for (String text : documents) {
            for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(text)) {
                if (document instanceof Map<?, ?> map) {
                    objects.add(read(map));
                }
            }
        }
        return new Manifests(List.copyOf(objects));
    }

    private static KubernetesObject read(Map<?, ?> map) {
        String kind = map.get("apiVersion") + " " + map.get("kind");
        Reader reader = KINDS.get(kind);
        if (reader == null) {
            throw new IllegalArgumentException("no kind that is used here: " + kind);
        }
        try {
            return reader.read(GSON.toJson(map));
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException(kind + " " + map.get("metadata") + ": " + e.getMessage(), e);
        }
    }

    <T extends KubernetesObject> List<T> all(Class<T> type) {
        return objects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends KubernetesObject> Optional<T> find(Class<T> type, String namespace, String name) {
        return all(type).stream()
                .filter(it -> name.equals(it.getMetadata().getName()) && namespace.equals(namespace(it)))
                .findFirst();
    }

    static String namespace(KubernetesObject object) {
        return String.valueOf(object.getMetadata().getNamespace());
    }

    static String name(KubernetesObject object) {
        return object.getMetadata().getName();
    }

    List<Workload> workloads() {
        return Stream.of(
                all(V1StatefulSet.class).stream()
                        .map(it -> workload(it, it.getSpec().getSelector(), it.getSpec().getTemplate(),
                                it.getSpec().getReplicas())),
                all(V1Deployment.class).stream()
                        .map(it -> workload(it, it.getSpec().getSelector(), it.getSpec().getTemplate(),
                                it.getSpec().getReplicas())),
                // One on each host that it selects; of those there is one in all that is said here.
                all(V1DaemonSet.class).stream()
                        .map(it -> workload(it, it.getSpec().getSelector(), it.getSpec().getTemplate(), 1)))
                .flatMap(it -> it)
                .toList();
    }

    private Workload workload(KubernetesObject object, V1LabelSelector selector, V1PodTemplateSpec template,
            @Nullable Integer replicas) {
        int given = replicas == null ? 1 : replicas;
        var scaler = all(V2HorizontalPodAutoscaler.class).stream()
                .map(it -> it.getSpec())
                .filter(it -> it.getScaleTargetRef().getName().equals(name(object)))
                .findFirst();
        return new Workload(object.getKind(), namespace(object), name(object), selector, template,
                scaler.map(it -> it.getMinReplicas()).orElse(given),
                scaler.map(it -> it.getMaxReplicas()).orElse(given));
    }

    Workload workload(String name) {
        return workloads().stream().filter(it -> it.name().equals(name)).findFirst().orElseThrow();
    }
}
