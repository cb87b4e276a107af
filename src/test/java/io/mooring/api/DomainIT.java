package io.mooring.api;

import static io.mooring.api.ApiUnderTest.etag;
import static io.mooring.api.ApiUnderTest.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Further domains of tenants. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DomainIT {

    private static final String ACME = "/v1/tenants/acme.example";

    private final ApiUnderTest api = new ApiUnderTest();

    @BeforeEach
    void provision() {
        api.jedis.flushAll();
        api.tenant("acme.example");
        api.tenant("other.example");
    }

    @AfterAll
    void stop() {
        api.close();
    }

    @Test
    void aFurtherDomainFromTheFirstStepToTheLast() {
        var created = api.send("PUT", ACME + "/domains/ACME.test", "");
        assertThat(created.statusCode()).isEqualTo(201);
        var again = api.send("PUT", ACME + "/domains/acme.test", "");
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(etag(again)).isEqualTo(etag(created));
        assertThat(api.jedis.hget("{cfg}:edge:alias:acme.test", "tenant")).isEqualTo("acme.example");
        assertThat(api.get(ACME + "/domains").toString())
                .isEqualTo("{\"items\":[{\"domain\":\"acme.test\",\"tenant\":\"acme.example\"}]}");
        assertThat(api.get(ACME + "/audit?limit=1").path("items").findValuesAsText("object"))
                .containsExactly(ACME + "/domains/acme.test");

        problem(api.send("DELETE", ACME + "/domains/acme.test", "", "If-Match", "\"x\""), 412, "precondition-failed");
        api.must("DELETE", ACME + "/domains/acme.test", "");
        problem(api.send("GET", ACME + "/domains/acme.test", ""), 404, "unknown-domain");
        assertThat(api.jedis.keys("*acme.test*")).isEmpty();
        assertThat(api.jedis.hgetAll("{cfg}:domains")).isEmpty();
    }

    @Test
    void aDomainIsOfOneTenantOnly() {
        api.must("PUT", ACME + "/domains/acme.test", "");

        problem(api.send("PUT", "/v1/tenants/other.example/domains/acme.test", ""), 409, "conflict");
        problem(api.send("PUT", ACME + "/domains/other.example", ""), 409, "conflict");
        problem(api.send("PUT", ACME + "/domains/acme.example", ""), 409, "conflict");
        problem(api.send("PUT", "/v1/tenants/acme.test", "{}"), 409, "conflict");
        problem(api.send("PUT", "/v1/tenants/acme.test/document", "{}"), 409, "conflict");
        problem(api.send("GET", "/v1/tenants/acme.test", ""), 404, "unknown-tenant");
        api.must("DELETE", ACME, "");
        assertThat(api.jedis.keys("*acme.test*")).isEmpty();
        api.must("PUT", "/v1/tenants/acme.test", "{}");
    }

    @Test
    void ofThoseWhoWantADomainAtOnceOneGetsIt() {
        for (int round = 0; round < 20; round++) {
            String domain = "wanted" + round + ".example";
            List<CompletableFuture<Integer>> answers = Stream.of(ACME + "/domains/" + domain,
                    "/v1/tenants/other.example/domains/" + domain, "/v1/tenants/" + domain)
                    .map(path -> CompletableFuture.supplyAsync(
                            () -> api.send("PUT", path, path.endsWith("/tenants/" + domain) ? "{}" : "").statusCode()))
                    .toList();

            assertThat(answers.stream().map(CompletableFuture::join)).as(domain)
                    .containsExactlyInAnyOrder(201, 409, 409);
        }
    }

    @Test
    void thereIsALimit() {
        for (int i = 0; i < 100; i++) {
            api.must("PUT", ACME + "/domains/d" + i + ".test", "");
        }

        problem(api.send("PUT", ACME + "/domains/more.test", ""), 409, "quota-exceeded");
    }
}
