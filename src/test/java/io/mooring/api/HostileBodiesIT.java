package io.mooring.api;

import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What nobody should send: always a 4xx problem, never a 500, and the server goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileBodiesIT {

    private static final String TENANT = "/v1/tenants/acme.example";

    private final ApiUnderTest api = new ApiUnderTest();

    @BeforeAll
    void provision() {
        api.tenant("acme.example");
        api.must("PUT", TENANT + "/ring-groups/one", "{'name': 'Hunt'}");
        api.must("PUT", TENANT + "/park-groups/one", "{'name': 'Sales'}");
        api.must("PUT", TENANT + "/park-policies/one", "{'name': 'P'}");
        api.must("PUT", "/v1/trunks/192.0.2.1", "{'name': 'carrier', 'tenant': '*'}");
    }

    @AfterAll
    void stop() {
        assertThat(api.get("/v1/me").path("role").asText()).isEqualTo("operator");
        api.close();
    }

    private static String path(OperationId operation) {
        return operation.template()
                .replace("{domain}", "acme.example")
                .replace("{extension}", "101")
                .replace("{id}", "one")
                .replace("{call}", "call-1")
                .replace("{address}", "192.0.2.1");
    }

    private HttpResponse<String> send(OperationId operation, byte[] body) {
        return api.send(api.request(ApiUnderTest.OPERATOR, operation.method().name(), path(operation), "")
                .setHeader("Content-Type", ApiUnderTest.mediaType(operation))
                .method(operation.method().name(), BodyPublishers.ofByteArray(body)));
    }

    private static void is4xx(HttpResponse<String> response, String what) {
        assertThat(response.statusCode()).as(what + ": " + response.body()).isBetween(400, 499);
        assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
    }

    @ParameterizedTest
    @EnumSource(OperationId.class)
    void badBodies(OperationId operation) {
        if (operation.takes().bodyLimitBytes() == 0) {
            return;
        }
        String deep = "{\"featureCodes\":".repeat(5_000) + "1" + "}".repeat(5_000);
        String wide = "{" + IntStream.range(0, 3_000).mapToObj(i -> "\"f" + i + "\":1").collect(Collectors.joining(","))
                + "}";
        List<byte[]> bodies = new ArrayList<>(List.of(
                new byte[]{'{', '"', (byte) 0xff, '"', ':', '1', '}'},
                new byte[]{'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'},
                new byte[]{'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', ':', '1', '}'},
                new byte[]{0, 0, 0, 0},
                "{\"name\": \"\\ud800\"}".getBytes(StandardCharsets.UTF_8),
                "{\"name\": 1e999999}".getBytes(StandardCharsets.UTF_8),
                ("{\"name\": " + "9".repeat(20_000) + "}").getBytes(StandardCharsets.UTF_8),
                "[".repeat(30_000).getBytes(StandardCharsets.UTF_8),
                "{\"a\":".repeat(10_000).getBytes(StandardCharsets.UTF_8),
                wide.getBytes(StandardCharsets.UTF_8),
                "{\"__proto__\": {}, \"\": 1}".getBytes(StandardCharsets.UTF_8)));
        if (deep.length() <= operation.takes().bodyLimitBytes()) {
            bodies.add(deep.getBytes(StandardCharsets.UTF_8));
        }
        for (byte[] body : bodies) {
            is4xx(send(operation, body), operation + " " + new String(body, 0, Math.min(40, body.length),
                    StandardCharsets.ISO_8859_1));
        }
    }

    /** Valid bodies with bytes changed at random; the seed is fixed, so that a failure comes again. */
    @ParameterizedTest
    @EnumSource(OperationId.class)
    void mutatedBodies(OperationId operation) {
        if (operation.takes().bodyLimitBytes() == 0) {
            return;
        }
        var random = new Random(operation.ordinal());
        byte[] seed = """
                {"name": "Sales", "displayName": "a", "members": ["101", "102"], "strategy": "in-order",
                 "recall": {"mode": "parker", "ringSeconds": 20, "ringBusyParker": false}, "orbits": {"start": 10},
                 "featureCodes": {"park": "*68"}, "tenant": "*", "role": "read-only", "parkPolicy": "one"}"""
                .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 100; round++) {
            byte[] body = seed.clone();
            for (int i = random.nextInt(5); i >= 0; i--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            var response = send(operation, body);
            if (operation.template().contains("/imports/")) {
                // In the words of others, more is let pass.
                assertThat(response.statusCode()).as(operation + " round " + round).isLessThan(500);
            } else {
                is4xx(response, operation + " round " + round);
            }
        }
    }

    @Test
    void groupsOfTenThousand() {
        String members = IntStream.range(10_000, 20_000).mapToObj(i -> "'" + i + "'").collect(Collectors.joining(","));
        String same = "'101',".repeat(5_000) + "'101'";

        problem(api.send("PUT", TENANT + "/park-groups/big", "{'name': 'Big', 'members': [" + members + "]}"), 413,
                "body-too-large");
        assertThat(problem(api.send("PUT", TENANT + "/park-groups/big", "{'name': 'Big', 'members': [" + same + "]}"),
                400, "invalid-value").path("errors").size()).isLessThanOrEqualTo(100);
        problem(api.send("PUT", "/v1/tenants/big.example/document",
                "{'parkGroups': [{'id': 'big', 'name': 'Big', 'members': [" + members + "]}]}"), 400, "invalid-value",
                "/parkGroups/0/members");
    }

    @Test
    void hugeNumbersAndStrings() {
        problem(api.send("PUT", TENANT + "/park-policies/p",
                "{'name': 'P', 'orbits': {'start': 99999999999999999999}}"),
                400, "invalid-body", "/orbits/start");
        problem(api.send("PUT", TENANT + "/park-policies/p", "{'name': 'P', 'orbits': {'start': 10.0}}"), 400,
                "invalid-body", "/orbits/start");
        problem(api.send("PUT", TENANT + "/park-policies/p", "{'name': '" + "x".repeat(60_000) + "'}"), 400,
                "invalid-value", "/name");
    }

    @Test
    void bodiesWhereNoneBelong() {
        assertThat(api.send("DELETE", TENANT + "/grants/101", "x".repeat(100_000)).statusCode()).isEqualTo(404);
        assertThat(api.send("POST", TENANT + "/extensions/101/password", "x".repeat(100_000)).statusCode())
                .isEqualTo(200);
    }

    /** A client that announces more than is allowed, or more than it sends, does not keep anything busy. */
    @Test
    void announcedBodiesThatNeverCome() throws IOException {
        List<Socket> hanging = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                var socket = new Socket("127.0.0.1", api.port());
                hanging.add(socket);
                socket.getOutputStream().write(head("", 1_000).getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(api.get("/v1/me").path("role").asText()).isEqualTo("operator");
            var large = new Socket("127.0.0.1", api.port());
            hanging.add(large);
            large.setSoTimeout(10_000);
            large.getOutputStream().write(head("", Integer.MAX_VALUE).getBytes(StandardCharsets.US_ASCII));
            InputStream in = large.getInputStream();
            assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
            hanging.getFirst().setSoTimeout(20_000);
            InputStream late = hanging.getFirst().getInputStream();
            assertThat(new String(late.readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 408");
        } finally {
            for (Socket socket : hanging) {
                socket.close();
            }
        }
    }

    /** What is refused leaves nothing behind: a few kilobytes for each request would be seen. */
    @Test
    void hostileBodiesLeaveNothingInMemory() {
        hostile(500);
        long before = usedAfterCollection();
        hostile(3_000);
        long grown = usedAfterCollection() - before;
        System.out.printf("hostile bodies: 3,000 requests, %d bytes of heap each%n", grown / 3_000);
        assertThat(grown).as("bytes that 3,000 refused requests have left").isLessThan(6_000_000);
    }

    private void hostile(int requests) {
        String group = TENANT + "/ring-groups/hostile";
        String members = IntStream.range(10_000, 20_000)
                .mapToObj(number -> "\"" + number + "\"")
                .collect(Collectors.joining(",", "{\"name\": \"x\", \"members\": [", "]}"));
        List<String> bodies = List.of(members, "[".repeat(20_000), "{\"a\":".repeat(5_000), "\u0000", "{\"name\": \"",
                "{\"unknown-" + requests + "\": 1}", "{\"name\": " + "9".repeat(10_000) + "}",
                "{\"name\": \"" + "x".repeat(50_000) + "\"}");
        for (int i = 0; i < requests; i++) {
            assertThat(api.send("PUT", group, bodies.get(i % bodies.size())).statusCode()).isBetween(400, 499);
        }
    }

    private static long usedAfterCollection() {
        var memory = ManagementFactory.getMemoryMXBean();
        var least = new AtomicLong(Long.MAX_VALUE);
        // What is only softly or phantomly reachable goes in the next ones.
        for (int i = 0; i < 5; i++) {
            memory.gc();
            least.accumulateAndGet(memory.getHeapMemoryUsage().getUsed(), Math::min);
        }
        return least.get();
    }

    /** Memory is for few of them: more are sent away, and the rest of the API goes on. */
    @Test
    void manyLargeDocumentsAtOnce() throws IOException {
        List<Socket> hanging = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                var socket = new Socket("127.0.0.1", api.port());
                hanging.add(socket);
                socket.getOutputStream().write(head("/document", 2_000_000).getBytes(StandardCharsets.US_ASCII));
            }
            Awaitility.await().untilAsserted(() -> {
                var third = api.send("PUT", "/v1/tenants/third.example/document?dryRun=true", "{}");
                problem(third, 503, "overloaded");
                assertThat(third.headers().firstValue("retry-after")).contains("1");
            });
            assertThat(api.get("/v1/me").path("role").asText()).isEqualTo("operator");
        } finally {
            for (Socket socket : hanging) {
                socket.close();
            }
        }
        Awaitility.await()
                .untilAsserted(() -> assertThat(api.send("PUT", "/v1/tenants/third.example/document?dryRun=true", "{}")
                        .statusCode()).isEqualTo(201));
    }

    private static String head(String path, int length) {
        return "PUT " + TENANT + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ApiUnderTest.OPERATOR
                + "\r\nContent-Type: application/json\r\nContent-Length: " + length + "\r\n\r\n";
    }
}
