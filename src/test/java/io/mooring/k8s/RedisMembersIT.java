package io.mooring.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.lab.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code start-member}, by which each pod of a Redis Cluster looks after its own place in it: seven servers, each on a network of its own, where names stay
 * and addresses do not, as with pods. Each test goes on with the cluster as the one before has left it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RedisMembersIT {
    private static final Path SCRIPTS = Path.of("k8s/images/redis").toAbsolutePath();
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int PRIMARIES = 3;
    /** The last one is the spare. */
    private static final int ALL = 7;
    private static final int KEYS = 30;

    private final List<Member> members = new ArrayList<>();
    private Namespace network;
    private Path folder;
    private int addresses = 10;

    /** A pod: its name and its folder stay. */
    private final class Member {
        private final int number;
        private final Namespace place = Namespace.alone();
        private String address = "";
        private Process process;

        Member(int number) {
            this.number = number;
            String wire = "m" + number;
            network.inside("ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", place.name());
            network.inside("ip", "link", "set", wire, "master", "bridge", "up");
        }

        String name() {
            return "redis-" + number + ".members.svc";
        }

        Path data() {
            return folder.resolve("data-" + number);
        }

        /** Another address than it has ever had. */
        void move() {
            address = "10.230.0." + addresses++;
            place.inside("ip", "addr", "flush", "dev", "eth0");
            place.inside("ip", "addr", "add", address + "/24", "dev", "eth0");
            place.inside("ip", "link", "set", "eth0", "up");
        }

        void start() {
            try {
                Path own = Files.createDirectories(folder.resolve("tmp-" + number));
                Files.createDirectories(data());
                var builder = in(SCRIPTS.resolve("start-member").toString()).redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(number + ".log").toFile()));
                builder.environment().put("REDIS_NAME", name());
                builder.environment().put("REDIS_ADDRESS", address);
                builder.environment()
                        .put("REDIS_MEMBERS", members.stream().map(Member::name).collect(Collectors.joining(" ")));
                builder.environment().put("REDIS_PRIMARIES", "" + PRIMARIES);
                builder.environment().put("REDIS_DATA", data().toString());
                builder.environment().put("REDIS_CONF", Path.of("redis/redis.conf").toAbsolutePath().toString());
                builder.environment().put("TMPDIR", own.toString());
                process = builder.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Where the names are known; {@code ip netns exec} gives each process mounts of its own. */
        private ProcessBuilder in(String... command) {
            var whole = new ArrayList<>(List.of("bash", "-c", "mount --bind \"$0\" /etc/hosts && exec \"$@\"",
                    folder.resolve("hosts").toString()));
            whole.addAll(List.of(command));
            var builder = place.process(whole);
            builder.environment().put("REDIS_PASSWORD_FILE", folder.resolve("password").toString());
            builder.environment().put("REDISCLI_AUTH", "secret");
            return builder;
        }

        String ask(String... command) {
            var whole = new ArrayList<>(List.of("redis-cli", "-c"));
            whole.addAll(List.of(command));
            try {
                Process asked = in(whole.toArray(String[]::new)).redirectErrorStream(true).start();
                return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        boolean isPrimary() {
            return ask("role").startsWith("master");
        }

        boolean isReady() {
            try {
                return in(SCRIPTS.resolve("redis-ready").toString(), "6379")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor() == 0;
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** As a kubelet ends a pod. */
        int end() {
            // The program itself: nothing between us and it forks.
            process.destroy();
            try {
                assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).as("ended").isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return process.exitValue();
        }

        /** With all that it has started. */
        void kill() {
            place.inside("bash", "-c", "kill -KILL $(ip netns pids \"$0\" | grep -vx $$) || true", place.name());
            process.onExit().join();
        }
    }

    @BeforeAll
    void start(@TempDir Path own) throws IOException {
        folder = own;
        Files.writeString(folder.resolve("password"), "secret");
        Files.createFile(folder.resolve("hosts"));
        network = Namespace.alone();
        network.inside("ip", "link", "add", "bridge", "type", "bridge");
        network.inside("ip", "link", "set", "bridge", "up");
        IntStream.range(0, ALL).forEach(number -> members.add(new Member(number)));
        come(members);
    }

    @AfterAll
    void stop() {
        members.forEach(it -> it.place.close());
        network.close();
    }

    /** At new addresses, which all know at once. */
    private void come(List<Member> those) {
        those.forEach(Member::move);
        try {
            Files.write(folder.resolve("hosts"),
                    Stream.concat(Stream.of("127.0.0.1 localhost"),
                            members.stream().map(it -> it.address + " " + it.name()))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        those.forEach(Member::start);
    }

    /** Everybody is ready, and each primary has a replica: what a roll-out waits for, and some. */
    private void awaitWhole(String what) {
        long began = System.nanoTime();
        Awaitility.await(what)
                .atMost(SOON)
                .until(() -> members.stream().allMatch(Member::isReady)
                        && members.stream()
                                .map(it -> it.ask("info", "replication"))
                                .noneMatch(it -> it.contains("role:master") && it.contains("connected_slaves:0")));
        assertThat(members.stream().filter(Member::isPrimary)).as(what).hasSize(PRIMARIES);
        System.out.printf("%s: whole after %.1f s%n", what, (System.nanoTime() - began) / 1e9);
    }

    private Member aPrimary() {
        return members.stream().filter(Member::isPrimary).findFirst().orElseThrow();
    }

    private Member anotherThan(Member one) {
        return members.stream().filter(it -> !it.equals(one)).findFirst().orElseThrow();
    }

    private void assertNothingIsLost() {
        Member asked = aPrimary();
        for (int i = 0; i < KEYS; i++) {
            assertThat(asked.ask("get", "key-" + i)).isEqualTo("value-" + i);
        }
    }

    @Test
    @Order(1)
    void serversBecomeAClusterByThemselves() {
        awaitWhole("seven servers");
        assertThat(members.subList(0, PRIMARIES)).allMatch(Member::isPrimary);
        for (int i = 0; i < KEYS; i++) {
            assertThat(aPrimary().ask("set", "key-" + i, "value-" + i)).isEqualTo("OK");
        }
    }

    @Test
    @Order(2)
    void aPrimaryThatEndsHandsItsSlotsOver() throws IOException {
        Member primary = aPrimary();
        assertThat(primary.end()).isZero();
        assertThat(Files.readString(folder.resolve(primary.number + ".log"))).contains("handed its slots to");
        assertThat(anotherThan(primary).ask("cluster", "info")).contains("cluster_slots_ok:16384");
        assertNothingIsLost();
        come(List.of(primary));
        awaitWhole("one that has ended, at another address");
        assertThat(primary.isPrimary()).isFalse();
    }

    @Test
    @Order(3)
    void aServerThatLostItsFolderIsANewOne() throws IOException {
        Member primary = aPrimary();
        primary.kill();
        try (Stream<Path> files = Files.walk(primary.data())) {
            files.sorted(Comparator.reverseOrder()).forEach(it -> it.toFile().delete());
        }
        Awaitility.await("fail-over")
                .atMost(SOON)
                .until(() -> members.stream()
                        .filter(it -> !it.equals(primary))
                        .filter(Member::isPrimary)
                        .count() == PRIMARIES);
        come(List.of(primary));
        awaitWhole("one that has lost its folder");
        assertThat(primary.isPrimary()).isFalse();
        assertNothingIsLost();
    }

    /** Nobody is where the others remember it to be. */
    @Test
    @Order(4)
    void allThatAreKilledFindOneAnotherAgain() {
        for (int round = 1; round <= 3; round++) {
            members.forEach(Member::kill);
            come(members);
            awaitWhole("all at other addresses, " + round);
        }
        assertNothingIsLost();
    }
}
