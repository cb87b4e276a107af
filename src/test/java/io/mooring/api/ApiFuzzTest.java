package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.call.RetrievalRule;
import io.mooring.http.ProblemException;
import io.mooring.migration.AsteriskLots;
import io.mooring.migration.Carried;
import io.mooring.migration.MalformedSourceException;
import io.mooring.migration.Migration;
import io.mooring.migration.TeamsPolicies;
import io.mooring.migration.WebexSettings;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.GroupStrategy;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.RingGroup;
import io.mooring.tenant.RingStrategy;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.TenantConfig;
import io.mooring.tenant.TenantRules;
import io.mooring.tenant.TrunkAddress;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** Bodies of requests: taken, or refused with a problem that names the place. */
class ApiFuzzTest {

    private static final List<Function<Fields, ?>> READERS = List.of(
            in -> Readers.tenant(in, "acme.example", Quotas.DEFAULT),
            in -> TenantDocument.read(in, "acme.example", Quotas.DEFAULT, Set.of()),
            Readers::ringGroup,
            Readers::parkGroup,
            Readers::parkPolicy,
            Readers::grant,
            in -> Readers.trunk(in, TrunkAddress.parse("192.0.2.1")));

    private static final TenantConfig TENANT = new TenantConfig(
            new Tenant("acme.example", "", FeatureCodes.DEFAULT), Set.of("101", "102", "103"),
            Map.of("hunt", new RingGroup("Hunt", RingStrategy.ALL, List.of("101"))),
            Map.of("front",
                    new ParkGroup("Front", GroupStrategy.ALL, List.of("101"), RecallSettings.NONE)),
            Map.of("sales", new ParkPolicy("Sales", true, ParkPolicy.EVERY_MODE, ParkPolicy.Orbits.DEFAULT,
                    RetrievalRule.TENANT, false, true, false,
                    new RecallSettings(Optional.of(30), Optional.empty(), Optional.empty(), Optional.of(5),
                            Optional.empty(), Optional.empty(), Optional.of(60), Optional.empty(), Optional.empty(),
                            Optional.empty(), Optional.of(10)))),
            Map.of(), Set.of());

    @FuzzTest
    void body(byte[] input) {
        for (Function<Fields, ?> reader : READERS) {
            try {
                Fields.read(Fields.parse(Buffer.buffer(input)), reader);
            } catch (ProblemException e) {
                isClear(e);
            }
        }
    }

    @FuzzTest
    void document(byte[] input) {
        try {
            TenantDocument document = Fields.read(Fields.parse(Buffer.buffer(input)),
                    in -> TenantDocument.read(in, "acme.example", Quotas.DEFAULT, Set.of()));
            Changes.refuse(TenantRules.check(document.config()).stream().map(document::locate).toList(), "");
        } catch (ProblemException e) {
            isClear(e);
        }
    }

    /** The first line is changed by the second. */
    @FuzzTest
    void mergePatch(byte[] input) {
        String[] lines = new String(input, StandardCharsets.UTF_8).split("\n", 2);
        try {
            JsonNode target = Fields.parse(Buffer.buffer(lines[0]));
            JsonNode patch = Fields.parse(Buffer.buffer(lines[lines.length - 1]));
            JsonNode patched = MergePatch.apply(target, patch);
            assertThat(MergePatch.apply(patched, patch)).as("the same patch again changes nothing").isEqualTo(patched);
        } catch (ProblemException e) {
            isClear(e);
        }
    }

    @FuzzTest
    void teams(byte[] input) {
        carried(() -> TeamsPolicies.read(Fields.parse(Buffer.buffer(input))));
    }

    @FuzzTest
    void webex(byte[] input) {
        carried(() -> WebexSettings.read(Fields.parse(Buffer.buffer(input))));
    }

    @FuzzTest
    void asterisk(byte[] input) {
        carried(() -> AsteriskLots.read(new String(input, StandardCharsets.UTF_8)));
    }

    @FuzzTest
    void extensions(byte[] input) {
        try {
            var rows = ExtensionsCsv.read(new String(input, StandardCharsets.UTF_8), "acme.example");
            assertThat(rows).extracting(it -> it.extension().number()).doesNotHaveDuplicates();
            assertThat(rows).extracting(ExtensionsCsv.Row::line).isSorted();
        } catch (ProblemException e) {
            isClear(e);
            assertThat(e.problem().errors()).isNotEmpty().allMatch(it -> it.line() > 0 && !it.detail().isBlank());
        }
    }

    /** What can be read can be put into a tenant, whose rules hold afterwards. */
    private static void carried(Supplier<Migration> source) {
        try {
            Carried carried = Carried.into(TENANT, source.get());
            assertThat(TenantRules.check(carried.config())).isEmpty();
            assertThat(carried.notes()).hasSizeLessThanOrEqualTo(1_001);
        } catch (MalformedSourceException e) {
            assertThat(e.mistakes()).isNotEmpty().allMatch(it -> !it.detail().isBlank());
        } catch (ProblemException e) {
            isClear(e);
        }
    }

    private static void isClear(ProblemException refusal) {
        assertThat(refusal.problem().type().status()).isBetween(400, 499);
        assertThat(refusal.problem().detail()).isNotBlank();
        assertThat(refusal.problem().toBuffer().length()).isLessThan(1_000_000);
    }
}
