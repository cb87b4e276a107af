package io.mooring.isolation;

import static io.mooring.isolation.Operation.oneOf;
import static io.mooring.isolation.Operation.step;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.isolation.Operation.Step;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/** What administrators and users do over the API, and try to do to the other tenant. */
final class HttpOperations {

    static final List<Operation> ALL = List.of(
            HttpOperations::list, HttpOperations::list,
            HttpOperations::listAsUser,
            HttpOperations::reachForTheirs, HttpOperations::reachForTheirs,
            HttpOperations::reachForTheirIds,
            HttpOperations::renameGroup,
            HttpOperations::changePassword,
            HttpOperations::deleteExtension);

    private record Request(String method, String path, String body) {}

    private static final List<Request> ON_A_TENANT = List.of(
            new Request("GET", "", ""),
            new Request("PUT", "", "{}"),
            new Request("PATCH", "", "{\"displayName\": \"Mine\"}"),
            new Request("GET", "/document", ""),
            new Request("PUT", "/document", "{\"displayName\": \"Mine\"}"),
            new Request("GET", "/parked-calls", ""),
            new Request("GET", "/audit", ""),
            new Request("GET", "/tokens", ""),
            new Request("POST", "/tokens", "{\"role\": \"read-only\"}"),
            new Request("GET", "/extensions", ""),
            new Request("GET", "/extensions/101", ""),
            new Request("PUT", "/extensions/101", "{\"password\": \"stolen-secret\"}"),
            new Request("POST", "/extensions/101/password", ""),
            new Request("GET", "/extensions/101/effective-policy", ""),
            new Request("GET", "/extensions/101/recall-plan", ""),
            new Request("DELETE", "/extensions/104", ""),
            new Request("GET", "/park-groups/sales", ""),
            new Request("PATCH", "/park-groups/sales", "{\"name\": \"Mine\"}"),
            new Request("DELETE", "/park-groups/sales", ""),
            new Request("DELETE", "/ring-groups/hunt", ""),
            new Request("GET", "/webhooks", ""),
            new Request("PUT", "/webhooks/mine", "{\"url\": \"https://example.org/\"}"),
            new Request("PUT", "/grants/102", "{\"parkPolicy\": \"p\"}"),
            new Request("DELETE", "/grants/101", ""));

    private HttpOperations() {}

    static Optional<Step> list(Side own, Side other, Random random) {
        var node = random.nextInt(8);
        return step("the administrator lists the parked calls", () -> assertSees(own, node));
    }

    /** The list of parked calls is that of the model; a node may take a moment for what it has answered. */
    static void assertSees(Side own, int node) {
        World.soon(() -> assertThat(parked(own.see(node, "/parked-calls"))).as("parked calls of " + own)
                .isEqualTo(expected(own, (place, parker) -> true)));
    }

    static Optional<Step> listAsUser(Side own, Side other, Random random) {
        var node = random.nextInt(8);
        return step("101 lists the parked calls", () -> World.soon(
                () -> assertThat(parked(own.seeAs("101", node, "/parked-calls"))).as("parked calls of 101 of " + own)
                        .isEqualTo(expected(own, (place, parker) -> place.equals("ext:101") || parker.equals("101")))));
    }

    /** Parkers by place. */
    private static Map<String, String> parked(JsonNode list) {
        var parked = new TreeMap<String, String>();
        list.path("items").forEach(it -> parked.put(it.path("place").asText(), it.path("parker").asText()));
        return parked;
    }

    private static Map<String, String> expected(Side side, BiPredicate<String, String> seen) {
        var expected = new TreeMap<String, String>();
        side.parked.forEach((place, it) -> {
            if (seen.test(place, it.parker())) {
                expected.put(place, it.parker());
            }
        });
        return expected;
    }

    static Optional<Step> reachForTheirs(Side own, Side other, Random random) {
        var request = oneOf(ON_A_TENANT, random);
        var node = random.nextInt(8);
        return step(request.method + " " + request.path + " of the other tenant", () -> {
            var answer = own.http(node, request.method, "/tenants/" + other.domain + request.path, request.body);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(404);
        });
    }

    /** Under our own path, what only they have. */
    static Optional<Step> reachForTheirIds(Side own, Side other, Random random) {
        var node = random.nextInt(8);
        return step("the other tenant's ids under our path", () -> {
            var path = "/tenants/" + own.domain;
            for (var call : other.see(node, "/parked-calls").path("items")) {
                assertThat(own.http(node, "GET", path + "/parked-calls/" + call.path("id").asText(), "").statusCode())
                        .isEqualTo(404);
            }
            for (var method : List.of("GET", "DELETE")) {
                assertThat(own.http(node, method, path + "/tokens/" + other.tokenId, "").statusCode()).isEqualTo(404);
            }
            other.see(node, "");
        });
    }

    static Optional<Step> renameGroup(Side own, Side other, Random random) {
        var name = "Sales " + random.nextInt(100);
        var node = random.nextInt(8);
        return step("the park group is called " + name, () -> {
            Side.must(own.http(node, "PATCH", "/tenants/" + own.domain + "/park-groups/sales",
                    "{\"name\": \"" + name + "\"}"));
            own.groupName = name;
            for (var side : List.of(own, other)) {
                assertThat(side.see(node + 1, "/park-groups/sales").path("name").asText()).isEqualTo(side.groupName);
            }
        });
    }

    static Optional<Step> changePassword(Side own, Side other, Random random) {
        var password = "changed-secret-" + random.nextInt(1_000);
        var node = random.nextInt(8);
        return step(Side.FLEETING + " has the password " + password, () -> {
            Side.must(own.http(node, "PUT", "/tenants/" + own.domain + "/extensions/" + Side.FLEETING,
                    "{\"password\": \"" + password + "\"}"));
            own.fleetingPassword = password;
            assertCredentials(own, other);
        });
    }

    static Optional<Step> deleteExtension(Side own, Side other, Random random) {
        var node = random.nextInt(8);
        return step(Side.FLEETING + " is deleted", () -> {
            var answer = own.http(node, "DELETE", "/tenants/" + own.domain + "/extensions/" + Side.FLEETING, "");
            assertThat(answer.statusCode()).isEqualTo(own.fleetingPassword.isEmpty() ? 404 : 204);
            own.fleetingPassword = "";
            assertCredentials(own, other);
        });
    }

    /** The other tenant's extension of the same number is as it was, all the time; ours soon. */
    private static void assertCredentials(Side own, Side other) {
        assertThat(other.register(Side.FLEETING, other.fleetingPassword)).as("of the other tenant")
                .isEqualTo(registers(other));
        assertThat(other.http(0, "GET", "/tenants/" + other.domain + "/extensions/" + Side.FLEETING, "").statusCode())
                .isEqualTo(other.fleetingPassword.isEmpty() ? 404 : 200);
        World.soon(() -> assertThat(own.register(Side.FLEETING, own.fleetingPassword)).isEqualTo(registers(own)));
    }

    private static int registers(Side side) {
        return side.fleetingPassword.isEmpty() ? 401 : 200;
    }
}
