package io.mooring.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Namespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The overlays as {@code kubectl kustomize} makes them, with the secrets that {@code make-secrets} makes. Whatever is checked is also seen to be found: each
 * check has manifests that were broken for it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManifestsTest {
    private static final Path K8S = Path.of("k8s");
    private static final String CORE = "mooring";
    private static final String EDGE = "mooring-edge";

    private Path folder = Path.of("");
    private String demo = "";
    private String production = "";
    private String cluster = "";
    private String secrets = "";

    @BeforeAll
    void build(@TempDir Path own) throws Exception {
        folder = own;
        demo = Manifests.build(K8S.resolve("overlays/demo"));
        production = Manifests.build(K8S.resolve("overlays/production"));
        cluster = Manifests.build(K8S.resolve("overlays/cluster"));
        Path made = Files.createDirectory(folder.resolve("secrets"));
        Files.copy(K8S.resolve("secrets/kustomization.yaml"), made.resolve("kustomization.yaml"));
        assertThat(new ProcessBuilder("k8s/make-secrets", made.toString()).inheritIO().start().waitFor()).isZero();
        secrets = Manifests.build(made);
    }

    private String overlay(String name) {
        return switch (name) {
            case "demo" -> demo;
            case "production" -> production;
            default -> cluster;
        };
    }

    private Manifests parse(String overlay) {
        return Manifests.parse(overlay, secrets);
    }

    private List<String> findings(Manifests manifests) {
        var findings = new ArrayList<String>();
        manifests.workloads().stream().map(PodSecurity::findings).forEach(findings::addAll);
        findings.addAll(References.findings(manifests));
        findings.addAll(ProductFit.findings(manifests, folder));
        return findings;
    }

    /** The network of the host is the one thing that the level "restricted" forbids and the edge needs. */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "production", "cluster"})
    void anOverlayIsRight(String name) {
        assertThat(findings(parse(overlay(name))))
                .containsExactlyInAnyOrder(EDGE + "/edge: host network", EDGE + "/rtpengine: host network",
                        EDGE + "/rtpengine-redis: host network");
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "production", "cluster"})
    void theCoreIsHeldToTheLevelRestricted(String name) {
        String enforce = "pod-security.kubernetes.io/enforce";
        var manifests = parse(overlay(name));
        assertThat(manifests.all(V1Namespace.class)).hasSize(2)
                .allSatisfy(it -> assertThat(Objects.requireNonNull(it.getMetadata()).getLabels())
                        .containsEntry(enforce, Manifests.name(it).equals(CORE) ? "restricted" : "privileged"));
        assertThat(manifests.workloads()).filteredOn(it -> it.namespace().equals(CORE))
                .extracting(Manifests.Workload::name)
                .containsExactlyInAnyOrder("mooring-node", "mooring-redis");
        assertThat(manifests.workloads()).filteredOn(it -> it.namespace().equals(EDGE))
                .extracting(Manifests.Workload::name)
                .containsExactlyInAnyOrder("edge", "rtpengine", "rtpengine-redis");
    }

    /** Requests of both and a limit of memory; no limit of CPU, which would be felt in every call. */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "production", "cluster"})
    void everyContainerSaysWhatItNeeds(String name) {
        assertThat(containers(parse(overlay(name)))).isNotEmpty().allSatisfy(it -> {
            var resources = Objects.requireNonNull(it.getResources());
            assertThat(resources.getRequests()).containsOnlyKeys("cpu", "memory");
            assertThat(resources.getLimits()).containsOnlyKeys("memory");
        });
    }

    /** The images are those of k8s/images. */
    @ParameterizedTest
    @ValueSource(strings = {"demo", "production", "cluster"})
    void theImagesAreOurs(String name) {
        assertThat(containers(parse(overlay(name)))).extracting(V1Container::getImage)
                .allSatisfy(it -> assertThat(Objects.requireNonNull(it))
                        .matches("(registry\\.example/)?mooring-[a-z]+(:.+)?"));
        assertThat(containers(parse(overlay(name))).stream()
                .map(it -> Objects.requireNonNull(it.getImage()).replaceAll(".*mooring-|:.*", ""))
                .map(it -> K8S.resolve("images/" + it + "/Containerfile")))
                .allSatisfy(it -> assertThat(it).exists());
    }

    private static List<V1Container> containers(Manifests manifests) {
        return manifests.workloads()
                .stream()
                .map(it -> Objects.requireNonNull(it.template().getSpec()))
                .flatMap(it -> it.getContainers().stream())
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "terminationGracePeriodSeconds: 30 | terminationGraceSeconds: 30",
        "minReadySeconds: 10 | minReadySeconds: soon",
        "kind: NetworkPolicy | kind: NetPolicy",
        "averageUtilization: 60 | averageUtilisation: 60"})
    void whatKubernetesDoesNotKnowIsRefused(String right, String wrong) {
        String broken = replaceFirst(production, right, wrong);
        assertThatThrownBy(() -> parse(broken)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Each line is one thing that is broken, and what is found. A star stands for any text between, as little as there is. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        // Pod security.
        "kind: StatefulSet*automountServiceAccountToken: false | =true | mooring/mooring-node: token of the cluster",
        "kind: StatefulSet*enableServiceLinks: false | =true | mooring/mooring-node: variables of services",
        "kind: StatefulSet*allowPrivilegeEscalation: false | =true | mooring/mooring-node: node may gain privileges",
        "kind: StatefulSet*readOnlyRootFilesystem: true | =false | mooring/mooring-node: node may write its root file system",
        "kind: StatefulSet*- ALL | =CHOWN | mooring/mooring-node: node keeps capabilities",
        "kind: StatefulSet*runAsNonRoot: true | =false | mooring/mooring-node: node may be root",
        "kind: StatefulSet*runAsUser: 10001 | =0 | mooring/mooring-node: node has no user of its own",
        "kind: StatefulSet*type: RuntimeDefault | =Unconfined | mooring/mooring-node: node has no seccomp profile",
        "kind: StatefulSet*enableServiceLinks: false | enableServiceLinks: false\\n      hostPID: true | mooring/mooring-node: host PIDs",
        "kind: StatefulSet*enableServiceLinks: false | enableServiceLinks: false\\n      hostNetwork: true | mooring/mooring-node: host network",
        "kind: StatefulSet*- containerPort: 8091 | - hostPort: 8091\\n          containerPort: 8091 | mooring/mooring-node: node has a port of the host",
        "kind: StatefulSet*- emptyDir:\\n          sizeLimit: 64Mi | - hostPath:\\n          path: /tmp | mooring/mooring-node: volume tmp of a kind that is not allowed",
        "kind: Deployment*runAsNonRoot: true | =false | mooring-edge/edge: kamailio may be root",
        // References.
        "kind: StatefulSet*configMapRef:\\n            name: mooring-node- | configMapRef:\\n            name: mooring-old- | mooring/mooring-node: no config map for the environment of node",
        "secretName: mooring-node | =mooring-nodes | mooring/mooring-node: no secret mooring-nodes",
        "/secrets/webhook-key | =webhook | mooring/mooring-node: MOORING_WEBHOOK_KEY_FILE is no key of a secret: /etc/mooring/secrets/webhook",
        "mountPath: /tmp\\n          name: tmp | mountPath: /tmp\\n          name: temp | mooring-edge/edge: no volume temp",
        "kind: StatefulSet*path: /livez\\n            port: admin | path: /livez\\n            port: health | mooring/mooring-node: a probe asks port health, which there is not",
        "serviceName: mooring-nodes | =mooring-node | mooring-node: no headless service mooring-node",
        "name: mooring-nodes\\n  namespace: mooring\\nspec:\\n  clusterIP: None*publishNotReadyAddresses: true | =false | mooring-node: its service hides pods that are not ready, which look for one another",
        "targetPort: api | =web | service mooring-api: no port web/TCP",
        "protocol: UDP\\n    targetPort: dtmf | protocol: TCP\\n    targetPort: dtmf | service mooring-dtmf: no port dtmf/TCP",
        "pod-name: mooring-node-0 | =mooring-nod-0 | service mooring-node-0: selects []",
        "kind: Service*app.kubernetes.io/name: mooring-node | =mooring-nod | service mooring-api: selects []",
        "kind: PodDisruptionBudget*app.kubernetes.io/name: mooring-node | =mooring-nod | budget mooring-node: selects nothing of ours",
        "kind: PodDisruptionBudget*maxUnavailable: 1 | =2 | budget edge: not one at a time",
        "kind: StatefulSet*selector:\\n    matchLabels:\\n      app.kubernetes.io/name: mooring-node | =mooring-nod | mooring/mooring-node: selects other pods than its own",
        "topologySpreadConstraints:\\n      - labelSelector:\\n          matchLabels:\\n            app.kubernetes.io/name: mooring-node | =mooring-nod | mooring/mooring-node: spreads other pods than its own",
        "kind: StatefulSet\\n    name: mooring-node | kind: StatefulSet\\n    name: mooring-nod | scaler mooring-node: no StatefulSet mooring-nod",
        "name: api-and-metrics*port: 8080 | =8081 | policy api-and-metrics: nobody listens at 8081/TCP",
        "name: api-and-metrics*app.kubernetes.io/name: mooring-node | =mooring-nod | policy api-and-metrics: selects no pod",
        "name: node-to-redis*port: 6379 | =6380 | policy node-to-redis: nobody listens at 6380/TCP",
        "name: node-to-redis*app.kubernetes.io/name: mooring-redis | =mooring-red | policy node-to-redis: a peer that is no pod of ours",
        "name: default-deny\\n  namespace: mooring\\nspec:\\n  podSelector: {}\\n  policyTypes:\\n  - Ingress\\n  - Egress | name: default-deny\\n  namespace: mooring\\nspec:\\n  podSelector: {}\\n  policyTypes:\\n  - Ingress | namespace mooring: what no policy allows is not refused",
        "kind: Namespace*name: mooring-edge | =mooring-rim | no namespace mooring-edge",
        "MOORING_RTPENGINE: rtpengine.mooring-edge.svc:2223 | =rtp.mooring-edge.svc:2223 | no service for rtp.mooring-edge.svc:2223",
        "MOORING_RTPENGINE: rtpengine.mooring-edge.svc:2223 | =rtpengine.mooring-edge.svc:2224 | the service has no such port: rtpengine.mooring-edge.svc:2224",
        "MOORING_REDIS_SERVERS: mooring-redis-0.mooring-redis.mooring.svc:6379 | =mooring-redis-3.mooring-redis.mooring.svc:6379 | no such pod: mooring-redis-3.mooring-redis.mooring.svc:6379",
        // The product.
        "MOORING_WEBHOOK_ATTEMPTS | =MOORING_WEBHOOK_TRIES | node: there is no setting MOORING_WEBHOOK_TRIES",
        "MOORING_WEBHOOK_ATTEMPTS | =MOORING_WEBHOOK_TRIES | node: lacks MOORING_WEBHOOK_ATTEMPTS",
        "MOORING_TALK_SECONDS | =MOORING_TALKING_SECONDS | edge: there is no setting MOORING_TALKING_SECONDS",
        "MOORING_TALK_SECONDS | =MOORING_TALKING_SECONDS | edge: lacks MOORING_TALK_SECONDS",
        "MOORING_WEBHOOK_ATTEMPTS: \"30\" | =\"300\" | node: does not start: MOORING_WEBHOOK_ATTEMPTS: must be a whole number 1..100, found \"300\"",
        "MOORING_NODE_ATTEMPTS: \"8\" | =many | edge: does not start: [render-local-cfg: MOORING_NODE_ATTEMPTS: not understood]",
        "MOORING_ADMIN_LISTEN: 0.0.0.0:8092 | =0.0.0.0:8093 | node: /livez is at port 8093, a probe asks 8092",
        "MOORING_API_LISTEN: 0.0.0.0:8080 | =0.0.0.0:8081 | node: listens at [5701/TCP, 8081/TCP, 8087/UDP, 8091/TCP, 8092/TCP], the manifest says [5701/TCP, 8080/TCP, 8087/UDP, 8091/TCP, 8092/TCP]",
        "MOORING_SIP_PORT: \"5060\" | =\"5064\" | edge: listens at [5062/TCP, 5064/TCP, 5064/UDP, 5080/TCP], the manifest says [5060/TCP, 5060/UDP, 5062/TCP, 5080/TCP]",
        "MOORING_EDGE_PEERS: 10.20.0.11,10.20.0.12 | =10.20.0.11 | edge: 2 of them, and peers [10.20.0.11]",
        "--listen-ng=$(HOST_IP):2223 | =$(HOST_IP):2222 | rtpengine: listens at [2222/UDP, 2225/TCP], the manifest says [2223/UDP, 2225/TCP]",
        "--num-threads=$(RTP_THREADS) | =$(THREADS) | rtpengine: nothing sets [$(THREADS)]",
        "--redis=127.0.0.1:6390/0 | --redis=127.0.0.1:6391/0 | rtpengine: keeps its sessions at 127.0.0.1:6391/0, its Redis is at 127.0.0.1:6390",
        "name: rtpengine-redis*- --bind\\n        - 127.0.0.1 | - --bind\\n        - 0.0.0.0 | rtpengine-redis: others reach it at 0.0.0.0",
        "name: rtpengine-redis*mooring.io/rtpengine | mooring.io/edge | rtpengine-redis: is not on the hosts of rtpengine",
        "RTP_PORT_MAX: \"29999\" | =\"30999\" | rtpengine: ports 20000 to 30999 are also those of Kubernetes' services",
        "path: /livez | =/readyz | node: a probe should ask /livez",
        "path: /ping | =/pong | rtpengine: a probe should ask /ping",
        "path: /edge/v1/health | =/health | edge: a probe should ask /edge/v1/health",
        "name: mooring-redis\\n  namespace: mooring*- redis-alive\\n            - \"6379\" | - redis-alive\\n            - \"6380\" | redis: a probe should ask port 6379",
        "MOORING_DRAIN_SECONDS: \"10\" | =\"60\" | node: is killed after 30 s, a drain may take 70",
        "MOORING_EDGE_DRAIN_SECONDS: \"\" | =\"60\" | edge: is killed after 30 s, a drain may take 67",
        "http://mooring-node-7.mooring.svc:8091 | =http://mooring-node-6.mooring.svc:8091 | edge: knows no node http://mooring-node-7.mooring.svc:8091"})
    void whatIsBrokenIsFound(String where, String instead, String finding) {
        assertThat(findings(parse(broken(production, where, instead)))).contains(finding);
    }

    /** The same of a Redis Cluster. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "- containerPort: 16379 | =16380 | redis: listens at [16379/TCP, 6379/TCP], the manifest says [16380/TCP, 6379/TCP]",
        "name: redis\\n  namespace: mooring*port: 16379 | =16380 | policy redis: nobody listens at 16380/TCP",
        "- redis-ready\\n            - \"6379\" | - redis-alive\\n            - \"6379\" | redis: a probe should ask port 6379",
        "name: REDIS_MEMBERS*mooring-redis-5.mooring-redis | =mooring-redis-6.mooring-redis | no such pod: mooring-redis-6.mooring-redis.mooring.svc",
        "name: REDIS_PRIMARIES\\n          value: \"3\" | =\"4\" | redis: too few for a replica of each primary",
        "kind: StatefulSet*replicas: 6 | =7 | redis: knows [mooring-redis-0.mooring-redis.mooring.svc, mooring-redis-1.mooring-redis.mooring.svc, mooring-redis-2.mooring-redis.mooring.svc, mooring-redis-3.mooring-redis.mooring.svc, mooring-redis-4.mooring-redis.mooring.svc, mooring-redis-5.mooring-redis.mooring.svc], there are [mooring-redis-0.mooring-redis.mooring.svc, mooring-redis-1.mooring-redis.mooring.svc, mooring-redis-2.mooring-redis.mooring.svc, mooring-redis-3.mooring-redis.mooring.svc, mooring-redis-4.mooring-redis.mooring.svc, mooring-redis-5.mooring-redis.mooring.svc, mooring-redis-6.mooring-redis.mooring.svc]",
        "MOORING_LOG_LEVEL*MOORING_REDIS_CLUSTER | =MOORING_REDIS_CLUSTERS | node: knows nothing of the cluster",
        "name: mooring-redis\\n  namespace: mooring\\nspec:\\n  clusterIP: None*publishNotReadyAddresses: true | =false | mooring-redis: its service hides pods that are not ready, which look for one another"})
    void whatIsBrokenOfAClusterIsFound(String where, String instead, String finding) {
        assertThat(findings(parse(broken(cluster, where, instead)))).contains(finding);
    }

    @Test
    void aClaimThatNobodyMakesIsFound() {
        assertThat(findings(parse(replaceFirst(demo, "claimName: edge-state", "claimName: edge-stat"))))
                .contains(EDGE + "/edge: no claim edge-stat");
    }

    /** @param instead of what comes after the last star; with a leading = only of the last word of it */
    private static String broken(String right, String where, String instead) {
        String text = where.replace("\\n", "\n");
        int star = text.lastIndexOf('*') + 1;
        String last = text.substring(star);
        String replacement = instead.replace("\\n", "\n");
        if (replacement.startsWith("=")) {
            int word = Math.max(Math.max(last.lastIndexOf(' '), last.lastIndexOf('/')), last.lastIndexOf('=')) + 1;
            replacement = (last.contains("://") ? "" : last.substring(0, word)) + replacement.substring(1);
        }
        var parts = Stream.of(text.substring(0, Math.max(0, star - 1)).split("\\*"))
                .filter(it -> !it.isEmpty())
                .toList();
        int at = 0;
        for (String part : parts) {
            at = right.indexOf(part, at);
            assertThat(at).as(part).isNotNegative();
        }
        int found = right.indexOf(last, at);
        assertThat(found).as(last).isNotNegative();
        return right.substring(0, found) + replacement + right.substring(found + last.length());
    }

    private static String replaceFirst(String text, String right, String wrong) {
        assertThat(text).contains(right);
        return text.replaceFirst(Pattern.quote(right), wrong);
    }
}
