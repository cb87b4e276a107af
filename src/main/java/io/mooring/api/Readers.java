package io.mooring.api;

import io.mooring.call.ParkMode;
import io.mooring.call.RetrievalRule;
import io.mooring.store.TenantStore.Grant;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.GroupStrategy;
import io.mooring.tenant.ParkGroup;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.RecallMode;
import io.mooring.tenant.RecallSettings;
import io.mooring.tenant.RingGroup;
import io.mooring.tenant.RingStrategy;
import io.mooring.tenant.Tenant;
import io.mooring.tenant.Trunk;
import io.mooring.tenant.TrunkAddress;
import io.mooring.tenant.Webhook;
import io.mooring.webhook.SigningSecret;
import java.util.List;
import java.util.Locale;

/** How the values of the contract are read out of bodies, with their defaults. */
final class Readers {

    private Readers() {}

    /** @param quotas those of a tenant that says nothing of them */
    static Tenant tenant(Fields in, String domain, Quotas quotas) {
        return new Tenant(domain,
                in.text("displayName").orElse(""),
                in.object("featureCodes", Readers::featureCodes).orElse(FeatureCodes.DEFAULT),
                in.object("quotas", it -> quotas(it, quotas)).orElse(quotas),
                in.integer("callsPerPlace").orElse(1),
                in.text("defaultParkPolicy"),
                in.text("music"));
    }

    private static FeatureCodes featureCodes(Fields in) {
        FeatureCodes fallback = FeatureCodes.DEFAULT;
        String park = in.text("park").orElse(fallback.park());
        String parkGroup = in.text("parkGroup").orElse(fallback.parkGroup());
        String parkOrbit = in.text("parkOrbit").orElse(fallback.parkOrbit());
        String retrieve = in.text("retrieve").orElse(fallback.retrieve());
        return new FeatureCodes(park, parkGroup, parkOrbit, retrieve);
    }

    private static Quotas quotas(Fields in, Quotas fallback) {
        int parkedCalls = in.integer("parkedCalls").orElse(fallback.parkedCalls());
        int requests = in.integer("requestsPerSecond").orElse(fallback.requestsPerSecond());
        int extensions = in.integer("extensions").orElse(fallback.extensions());
        int subscriptions = in.integer("subscriptions").orElse(fallback.subscriptions());
        int sounds = in.integer("soundMegabytes").orElse(fallback.soundMegabytes());
        int sipRequests = in.integer("sipRequestsPerSecond").orElse(fallback.sipRequestsPerSecond());
        int webhooks = in.integer("webhooks").orElse(fallback.webhooks());
        return new Quotas(parkedCalls, requests, extensions, subscriptions, sounds, sipRequests, webhooks);
    }

    static RingGroup ringGroup(Fields in) {
        return new RingGroup(in.required("name"),
                in.choice("strategy", RingStrategy.class).orElse(RingStrategy.ALL),
                in.texts("members").orElse(List.of()),
                in.integer("ringSeconds"));
    }

    static ParkGroup parkGroup(Fields in) {
        return new ParkGroup(in.required("name"),
                in.choice("strategy", GroupStrategy.class).orElse(GroupStrategy.ALL),
                in.texts("members").orElse(List.of()),
                in.object("recall", Readers::recall).orElse(RecallSettings.NONE));
    }

    static ParkPolicy parkPolicy(Fields in) {
        // Before the PIN, at which reading may end.
        boolean callerShown = in.flag("callerShown").orElse(true);
        return new ParkPolicy(in.required("name"),
                in.flag("parkingAllowed").orElse(true),
                in.choices("modes", ParkMode.class).orElse(ParkPolicy.EVERY_MODE),
                in.object("orbits", Readers::orbits).orElse(ParkPolicy.Orbits.DEFAULT),
                in.choice("retrieval", RetrievalRule.class).orElse(RetrievalRule.TENANT),
                in.flag("orbitDialled").orElse(false),
                in.flag("messages").orElse(true),
                in.flag("announcements").orElse(false),
                in.object("recall", Readers::recall).orElse(RecallSettings.NONE),
                in.text("music"),
                in.text("pin").map(PinSecret::read),
                callerShown);
    }

    private static ParkPolicy.Orbits orbits(Fields in) {
        int start = in.integer("start").orElse(ParkPolicy.Orbits.DEFAULT.start());
        int end = in.integer("end").orElse(ParkPolicy.Orbits.DEFAULT.end());
        return new ParkPolicy.Orbits(start, end);
    }

    private static RecallSettings recall(Fields in) {
        var timeout = in.integer("recallTimeoutSeconds");
        var mode = in.choice("mode", RecallMode.class);
        var ringGroup = in.text("ringGroup");
        var ring = in.integer("ringSeconds");
        var wait = in.integer("alternateWaitSeconds");
        var attempts = in.integer("maxAttempts");
        var end = in.integer("maxParkSeconds");
        var busy = in.flag("ringBusyParker");
        var alertInfo = in.text("alertInfo");
        var fallback = in.text("fallbackExtension");
        var reminder = in.integer("reminderSeconds");
        return new RecallSettings(timeout, mode, ringGroup, ring, wait, attempts, end, busy, alertInfo,
                fallback, reminder);
    }

    static Grant grant(Fields in) {
        return new Grant(Tenant.checkId("parkPolicy", in.required("parkPolicy")));
    }

    static WebhookInput webhook(Fields in) {
        var name = in.text("name").orElse("");
        var url = in.required("url");
        var events = in.texts("events").orElse(List.of());
        var withheld = in.flag("showWithheld").orElse(false);
        var enabled = in.flag("enabled").orElse(true);
        var secret = in.text("secret").filter(text -> !text.equals(ExtensionOperations.MASK));
        return new WebhookInput(new Webhook(name, url, events, withheld, enabled, "", "", ""),
                secret.map(SigningSecret::parse), in.text("secret").isPresent());
    }

    static Trunk trunk(Fields in, TrunkAddress address) {
        String name = in.required("name");
        return new Trunk(address, name, in.required("tenant").toLowerCase(Locale.ROOT),
                in.flag("outbound").orElse(false));
    }
}
