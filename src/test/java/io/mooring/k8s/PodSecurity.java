package io.mooring.k8s;

import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1SecurityContext;
import io.kubernetes.client.openapi.models.V1Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a pod does that the level "restricted" of the Pod Security Standards forbids, and what we ask for besides: a root file system that cannot be
 * written, no token of the cluster, no variables of services.
 */
final class PodSecurity {
    private static final Set<String> MAY_BE_ADDED = Set.of("NET_BIND_SERVICE");
    private static final Set<String> SECCOMP = Set.of("RuntimeDefault", "Localhost");

    private final String pod;
    private final V1PodSpec spec;
    private final List<String> findings = new ArrayList<>();

    private PodSecurity(String pod, V1PodSpec spec) {
        this.pod = pod;
        this.spec = spec;
    }

    /** @return one line for each, which begins with the name of the pod */
    static List<String> findings(Manifests.Workload workload) {
        var check = new PodSecurity(workload.toString(), Objects.requireNonNull(workload.template().getSpec()));
        check.pod();
        return List.copyOf(check.findings);
    }

    private void forbid(boolean found, String what) {
        if (found) {
            findings.add(pod + ": " + what);
        }
    }

    private static boolean is(@Nullable Boolean value, boolean wanted) {
        return value != null && value == wanted;
    }

    private void pod() {
        forbid(is(spec.getHostNetwork(), true), "host network");
        forbid(is(spec.getHostPID(), true), "host PIDs");
        forbid(is(spec.getHostIPC(), true), "host IPC");
        forbid(!is(spec.getAutomountServiceAccountToken(), false), "token of the cluster");
        forbid(!is(spec.getEnableServiceLinks(), false), "variables of services");
        var context = Optional.ofNullable(spec.getSecurityContext());
        forbid(context.map(it -> it.getSysctls()).filter(it -> !it.isEmpty()).isPresent(), "sysctls");
        for (V1Volume volume : Optional.ofNullable(spec.getVolumes()).orElse(List.of())) {
            boolean allowed = Stream
                    .of(volume.getConfigMap(), volume.getSecret(), volume.getEmptyDir(),
                            volume.getPersistentVolumeClaim(),
                            volume.getProjected(), volume.getDownwardAPI(), volume.getCsi(), volume.getEphemeral())
                    .anyMatch(Objects::nonNull);
            forbid(!allowed, "volume " + volume.getName() + " of a kind that is not allowed");
        }
        Stream.concat(Optional.ofNullable(spec.getInitContainers()).orElse(List.of()).stream(),
                spec.getContainers().stream())
                .forEach(this::container);
    }

    private void container(V1Container container) {
        String name = container.getName() + " ";
        var pods = Optional.ofNullable(spec.getSecurityContext());
        V1SecurityContext own = Optional.ofNullable(container.getSecurityContext()).orElseGet(V1SecurityContext::new);
        forbid(is(own.getPrivileged(), true), name + "is privileged");
        forbid(!is(own.getAllowPrivilegeEscalation(), false), name + "may gain privileges");
        forbid(!is(own.getReadOnlyRootFilesystem(), true), name + "may write its root file system");
        Boolean nonRoot = Optional.ofNullable(own.getRunAsNonRoot())
                .orElse(pods.map(it -> it.getRunAsNonRoot()).orElse(null));
        forbid(!is(nonRoot, true), name + "may be root");
        Long user = Optional.ofNullable(own.getRunAsUser()).orElse(pods.map(it -> it.getRunAsUser()).orElse(null));
        forbid(user == null || user == 0, name + "has no user of its own");
        var seccomp = Optional.ofNullable(own.getSeccompProfile()).or(() -> pods.map(it -> it.getSeccompProfile()));
        forbid(seccomp.filter(it -> SECCOMP.contains(it.getType())).isEmpty(), name + "has no seccomp profile");
        var capabilities = Optional.ofNullable(own.getCapabilities());
        forbid(capabilities.map(it -> it.getDrop()).filter(it -> it.contains("ALL")).isEmpty(),
                name + "keeps capabilities");
        forbid(capabilities.map(it -> it.getAdd()).filter(it -> !MAY_BE_ADDED.containsAll(it)).isPresent(),
                name + "adds capabilities");
        for (V1ContainerPort port : Optional.ofNullable(container.getPorts()).orElse(List.of())) {
            forbid(port.getHostPort() != null && port.getHostPort() != 0, name + "has a port of the host");
        }
    }
}
