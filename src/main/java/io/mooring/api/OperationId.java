package io.mooring.api;

import io.mooring.access.Access;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Set;

/** Every operation of the contract, by its operation id: its path, who may call it, and what it takes. */
enum OperationId {
    GET_CONTRACT("getContract", HttpMethod.GET, "/v1/openapi.yaml", Access.PUBLIC, Takes.NOTHING),
    GET_DOCS("getDocs", HttpMethod.GET, "/v1/docs", Access.PUBLIC, Takes.NOTHING),
    GET_DOCS_FILE("getDocsFile", HttpMethod.GET, "/v1/docs/{file}", Access.PUBLIC, Takes.NOTHING),
    GET_CONSOLE("getConsole", HttpMethod.GET, "/console", Access.PUBLIC, Takes.NOTHING),
    GET_CONSOLE_FILE("getConsoleFile", HttpMethod.GET, "/console/{file}", Access.PUBLIC, Takes.NOTHING),
    GET_ME("getMe", HttpMethod.GET, "/v1/me", Access.ANYONE, Takes.NOTHING),

    LIST_TENANTS("listTenants", HttpMethod.GET, "/v1/tenants", Access.GLOBAL_READ, Takes.PAGE, "displayName"),
    GET_TENANT("getTenant", HttpMethod.GET, Paths.TENANT, Access.TENANT_READ, Takes.NOTHING),
    PUT_TENANT("putTenant", HttpMethod.PUT, Paths.TENANT, Access.TENANT_WRITE, Takes.JSON),
    PATCH_TENANT("patchTenant", HttpMethod.PATCH, Paths.TENANT, Access.TENANT_WRITE, Takes.PATCH),
    DELETE_TENANT("deleteTenant", HttpMethod.DELETE, Paths.TENANT, Access.GLOBAL_WRITE, Takes.CHANGE, "force"),
    LIST_DOMAINS("listDomains", HttpMethod.GET, Paths.TENANT + "/domains", Access.TENANT_READ, Takes.PAGE),
    GET_DOMAIN("getDomain", HttpMethod.GET, Paths.DOMAIN, Access.TENANT_READ, Takes.NOTHING),
    PUT_DOMAIN("putDomain", HttpMethod.PUT, Paths.DOMAIN, Access.GLOBAL_WRITE, Takes.CHANGE),
    DELETE_DOMAIN("deleteDomain", HttpMethod.DELETE, Paths.DOMAIN, Access.GLOBAL_WRITE, Takes.CHANGE),
    EXPORT_TENANT("exportTenant", HttpMethod.GET, Paths.TENANT + "/document", Access.TENANT_READ, Takes.NOTHING),
    IMPORT_TENANT("importTenant", HttpMethod.PUT, Paths.TENANT + "/document", Access.TENANT_WRITE, Takes.LARGE_JSON),

    IMPORT_TEAMS_POLICIES("importTeamsPolicies", HttpMethod.POST, Paths.TENANT + "/imports/teams", Access.TENANT_WRITE,
            Takes.LARGE_JSON),
    IMPORT_WEBEX_SETTINGS("importWebexSettings", HttpMethod.POST, Paths.TENANT + "/imports/webex", Access.TENANT_WRITE,
            Takes.LARGE_JSON),
    IMPORT_ASTERISK_LOTS("importAsteriskLots", HttpMethod.POST, Paths.TENANT + "/imports/asterisk",
            Access.TENANT_WRITE, Takes.TEXT),

    IMPORT_EXTENSIONS("importExtensions", HttpMethod.POST, Paths.TENANT + "/imports/extensions", Access.TENANT_WRITE,
            Takes.CSV),

    LIST_EXTENSIONS("listExtensions", HttpMethod.GET, Paths.EXTENSIONS, Access.TENANT_READ, Takes.PAGE, "displayName"),
    GET_EXTENSION("getExtension", HttpMethod.GET, Paths.EXTENSION, Access.OWN_READ, Takes.NOTHING),
    PUT_EXTENSION("putExtension", HttpMethod.PUT, Paths.EXTENSION, Access.TENANT_WRITE, Takes.JSON),
    PATCH_EXTENSION("patchExtension", HttpMethod.PATCH, Paths.EXTENSION, Access.TENANT_WRITE, Takes.PATCH),
    DELETE_EXTENSION("deleteExtension", HttpMethod.DELETE, Paths.EXTENSION, Access.TENANT_WRITE, Takes.CHANGE),
    RESET_PASSWORD("resetPassword", HttpMethod.POST, Paths.EXTENSION + "/password", Access.OWN_WRITE, Takes.CHANGE),
    GET_EFFECTIVE_POLICY("getEffectivePolicy", HttpMethod.GET, Paths.EXTENSION + "/effective-policy", Access.OWN_READ,
            Takes.NOTHING),
    GET_RECALL_PLAN("getRecallPlan", HttpMethod.GET, Paths.EXTENSION + "/recall-plan", Access.OWN_READ, Takes.NOTHING,
            "parkedTo"),

    GET_PHONE_CONFIG("getPhoneConfig", HttpMethod.GET, Paths.EXTENSION + "/phone-config", Access.OWN_READ,
            Takes.NOTHING, "model", "keys", "firstKey"),
    LIST_PHONE_MODELS("listPhoneModels", HttpMethod.GET, "/v1/phone-models", Access.ANYONE, Takes.NOTHING),

    LIST_RING_GROUPS("listRingGroups", HttpMethod.GET, Paths.RING_GROUPS, Access.TENANT_READ, Takes.PAGE, "name",
            "member"),
    CREATE_RING_GROUP("createRingGroup", HttpMethod.POST, Paths.RING_GROUPS, Access.TENANT_WRITE, Takes.JSON),
    GET_RING_GROUP("getRingGroup", HttpMethod.GET, Paths.RING_GROUPS + "/{id}", Access.TENANT_READ, Takes.NOTHING),
    PUT_RING_GROUP("putRingGroup", HttpMethod.PUT, Paths.RING_GROUPS + "/{id}", Access.TENANT_WRITE, Takes.JSON),
    PATCH_RING_GROUP("patchRingGroup", HttpMethod.PATCH, Paths.RING_GROUPS + "/{id}", Access.TENANT_WRITE,
            Takes.PATCH),
    DELETE_RING_GROUP("deleteRingGroup", HttpMethod.DELETE, Paths.RING_GROUPS + "/{id}", Access.TENANT_WRITE,
            Takes.CHANGE),

    LIST_PARK_GROUPS("listParkGroups", HttpMethod.GET, Paths.PARK_GROUPS, Access.TENANT_READ, Takes.PAGE, "name",
            "member"),
    CREATE_PARK_GROUP("createParkGroup", HttpMethod.POST, Paths.PARK_GROUPS, Access.TENANT_WRITE, Takes.JSON),
    GET_PARK_GROUP("getParkGroup", HttpMethod.GET, Paths.PARK_GROUPS + "/{id}", Access.TENANT_READ, Takes.NOTHING),
    PUT_PARK_GROUP("putParkGroup", HttpMethod.PUT, Paths.PARK_GROUPS + "/{id}", Access.TENANT_WRITE, Takes.JSON),
    PATCH_PARK_GROUP("patchParkGroup", HttpMethod.PATCH, Paths.PARK_GROUPS + "/{id}", Access.TENANT_WRITE,
            Takes.PATCH),
    DELETE_PARK_GROUP("deleteParkGroup", HttpMethod.DELETE, Paths.PARK_GROUPS + "/{id}", Access.TENANT_WRITE,
            Takes.CHANGE),

    LIST_PARK_POLICIES("listParkPolicies", HttpMethod.GET, Paths.PARK_POLICIES, Access.TENANT_READ, Takes.PAGE,
            "name"),
    CREATE_PARK_POLICY("createParkPolicy", HttpMethod.POST, Paths.PARK_POLICIES, Access.TENANT_WRITE, Takes.JSON),
    GET_PARK_POLICY("getParkPolicy", HttpMethod.GET, Paths.PARK_POLICIES + "/{id}", Access.TENANT_READ, Takes.NOTHING),
    PUT_PARK_POLICY("putParkPolicy", HttpMethod.PUT, Paths.PARK_POLICIES + "/{id}", Access.TENANT_WRITE, Takes.JSON),
    PATCH_PARK_POLICY("patchParkPolicy", HttpMethod.PATCH, Paths.PARK_POLICIES + "/{id}", Access.TENANT_WRITE,
            Takes.PATCH),
    DELETE_PARK_POLICY("deleteParkPolicy", HttpMethod.DELETE, Paths.PARK_POLICIES + "/{id}", Access.TENANT_WRITE,
            Takes.CHANGE),

    LIST_GRANTS("listGrants", HttpMethod.GET, Paths.TENANT + "/grants", Access.TENANT_READ, Takes.PAGE, "parkPolicy"),
    GET_GRANT("getGrant", HttpMethod.GET, Paths.GRANT, Access.OWN_READ, Takes.NOTHING),
    PUT_GRANT("putGrant", HttpMethod.PUT, Paths.GRANT, Access.TENANT_WRITE, Takes.JSON),
    DELETE_GRANT("deleteGrant", HttpMethod.DELETE, Paths.GRANT, Access.TENANT_WRITE, Takes.CHANGE),

    LIST_SOUNDS("listSounds", HttpMethod.GET, Paths.TENANT + "/sounds", Access.TENANT_READ, Takes.PAGE),
    GET_SOUND("getSound", HttpMethod.GET, Paths.SOUND, Access.TENANT_READ, Takes.NOTHING),
    PUT_SOUND("putSound", HttpMethod.PUT, Paths.SOUND, Access.TENANT_WRITE, Takes.SOUND),
    DELETE_SOUND("deleteSound", HttpMethod.DELETE, Paths.SOUND, Access.TENANT_WRITE, Takes.CHANGE),
    GET_SOUND_AUDIO("getSoundAudio", HttpMethod.GET, Paths.SOUND + "/audio", Access.TENANT_READ, Takes.NOTHING),

    LIST_WEBHOOKS("listWebhooks", HttpMethod.GET, Paths.WEBHOOKS, Access.TENANT_READ, Takes.PAGE),
    CREATE_WEBHOOK("createWebhook", HttpMethod.POST, Paths.WEBHOOKS, Access.TENANT_WRITE, Takes.JSON),
    GET_WEBHOOK("getWebhook", HttpMethod.GET, Paths.WEBHOOK, Access.TENANT_READ, Takes.NOTHING),
    PUT_WEBHOOK("putWebhook", HttpMethod.PUT, Paths.WEBHOOK, Access.TENANT_WRITE, Takes.JSON),
    PATCH_WEBHOOK("patchWebhook", HttpMethod.PATCH, Paths.WEBHOOK, Access.TENANT_WRITE, Takes.PATCH),
    DELETE_WEBHOOK("deleteWebhook", HttpMethod.DELETE, Paths.WEBHOOK, Access.TENANT_WRITE, Takes.CHANGE),
    GET_WEBHOOK_HEALTH("getWebhookHealth", HttpMethod.GET, Paths.WEBHOOK + "/health", Access.TENANT_READ,
            Takes.NOTHING),
    TEST_WEBHOOK("testWebhook", HttpMethod.POST, Paths.WEBHOOK + "/test", Access.TENANT_WRITE, Takes.NOTHING),
    REPLAY_WEBHOOK("replayWebhook", HttpMethod.POST, Paths.WEBHOOK + "/replay", Access.TENANT_WRITE, Takes.ORDER),
    LIST_DEAD_LETTERS("listDeadLetters", HttpMethod.GET, Paths.WEBHOOK + "/dead-letters", Access.TENANT_READ,
            Takes.PAGE),
    REDELIVER_DEAD_LETTERS("redeliverDeadLetters", HttpMethod.POST, Paths.WEBHOOK + "/dead-letters/redeliver",
            Access.TENANT_WRITE, Takes.ORDER),

    LIST_TENANT_TOKENS("listTenantTokens", HttpMethod.GET, Paths.TENANT + "/tokens", Access.TENANT_READ, Takes.PAGE,
            "role"),
    CREATE_TENANT_TOKEN("createTenantToken", HttpMethod.POST, Paths.TENANT + "/tokens", Access.TENANT_WRITE,
            Takes.JSON),
    GET_TENANT_TOKEN("getTenantToken", HttpMethod.GET, Paths.TENANT + "/tokens/{id}", Access.TENANT_READ,
            Takes.NOTHING),
    DELETE_TENANT_TOKEN("deleteTenantToken", HttpMethod.DELETE, Paths.TENANT + "/tokens/{id}", Access.TENANT_WRITE,
            Takes.CHANGE),
    LIST_TENANT_AUDIT("listTenantAudit", HttpMethod.GET, Paths.TENANT + "/audit", Access.TENANT_READ, Takes.PAGE,
            "actor", "object"),
    LIST_CALLS("listCalls", HttpMethod.GET, Paths.EXTENSION + "/calls", Access.OWN_READ, Takes.NOTHING),
    PARK_CALL("parkCall", HttpMethod.POST, Paths.EXTENSION + "/park", Access.OWN_WRITE, Takes.ORDER),
    LIST_PARKED_CALLS("listParkedCalls", HttpMethod.GET, Paths.TENANT + "/parked-calls", Access.MEMBER_READ,
            Takes.NOTHING, "state", "place", "parker"),
    GET_PARKED_CALL("getParkedCall", HttpMethod.GET, Paths.TENANT + "/parked-calls/{call}", Access.MEMBER_READ,
            Takes.NOTHING),
    END_PARKED_CALL("endParkedCall", HttpMethod.DELETE, Paths.TENANT + "/parked-calls/{call}", Access.TENANT_WRITE,
            Takes.NOTHING),
    RETRIEVE_PARKED_CALL("retrieveParkedCall", HttpMethod.POST, Paths.TENANT + "/parked-calls/{call}/retrieve",
            Access.MEMBER_WRITE, Takes.ORDER),
    LIST_CALL_EVENTS("listCallEvents", HttpMethod.GET, Paths.TENANT + "/parked-calls/{call}/events",
            Access.MEMBER_READ, Takes.NOTHING),
    LIST_EVENTS("listEvents", HttpMethod.GET, Paths.EVENTS, Access.MEMBER_READ, Takes.PAGE, "after", "order", "type",
            "call",
            "place", "parker", "by"),
    FOLLOW_EVENTS("followEvents", HttpMethod.GET, Paths.EVENTS + "/stream", Access.MEMBER_READ, Takes.NOTHING, "after",
            "seconds"),

    LIST_TRUNKS("listTrunks", HttpMethod.GET, "/v1/trunks", Access.GLOBAL_READ, Takes.PAGE, "tenant"),
    GET_TRUNK("getTrunk", HttpMethod.GET, Paths.TRUNK, Access.GLOBAL_READ, Takes.NOTHING),
    PUT_TRUNK("putTrunk", HttpMethod.PUT, Paths.TRUNK, Access.GLOBAL_WRITE, Takes.JSON),
    PATCH_TRUNK("patchTrunk", HttpMethod.PATCH, Paths.TRUNK, Access.GLOBAL_WRITE, Takes.PATCH),
    DELETE_TRUNK("deleteTrunk", HttpMethod.DELETE, Paths.TRUNK, Access.GLOBAL_WRITE, Takes.CHANGE),

    LIST_TOKENS("listTokens", HttpMethod.GET, "/v1/tokens", Access.GLOBAL_READ, Takes.PAGE, "role"),
    CREATE_TOKEN("createToken", HttpMethod.POST, "/v1/tokens", Access.GLOBAL_WRITE, Takes.JSON),
    GET_TOKEN("getToken", HttpMethod.GET, "/v1/tokens/{id}", Access.GLOBAL_READ, Takes.NOTHING),
    DELETE_TOKEN("deleteToken", HttpMethod.DELETE, "/v1/tokens/{id}", Access.GLOBAL_WRITE, Takes.CHANGE),
    LIST_AUDIT("listAudit", HttpMethod.GET, "/v1/audit", Access.GLOBAL_READ, Takes.PAGE, "actor", "object");

    private static final class Paths {
        static final String TENANT = "/v1/tenants/{domain}";
        static final String DOMAIN = TENANT + "/domains/{alias}";
        static final String EXTENSIONS = TENANT + "/extensions";
        static final String EXTENSION = EXTENSIONS + "/{extension}";
        static final String RING_GROUPS = TENANT + "/ring-groups";
        static final String PARK_GROUPS = TENANT + "/park-groups";
        static final String PARK_POLICIES = TENANT + "/park-policies";
        static final String GRANT = TENANT + "/grants/{extension}";
        static final String SOUND = TENANT + "/sounds/{id}";
        static final String WEBHOOKS = TENANT + "/webhooks";
        static final String WEBHOOK = WEBHOOKS + "/{id}";
        static final String EVENTS = TENANT + "/events";
        static final String TRUNK = "/v1/trunks/{address}";
    }

    /** What an operation takes besides its path. */
    enum Takes {
        NOTHING(0, Set.of(), Set.of()),
        /** A part of a list. */
        PAGE(0, Set.of(), Set.of("limit", "cursor")),
        /** No body, but it changes something. */
        CHANGE(0, Set.of(), Set.of("dryRun")),
        JSON(64 * 1_024, Set.of("application/json"), Set.of("dryRun")),
        /** Something to be done, that cannot be tried out. */
        ORDER(64 * 1_024, Set.of("application/json"), Set.of()),
        LARGE_JSON(2 * 1_024 * 1_024, Set.of("application/json"), Set.of("dryRun")),
        TEXT(256 * 1_024, Set.of("text/plain"), Set.of("dryRun")),
        CSV(2 * 1_024 * 1_024, Set.of("text/csv"), Set.of("dryRun")),
        SOUND(2 * 1_024 * 1_024, Set.of("audio/wav", "audio/x-wav", "audio/vnd.wave"), Set.of("dryRun")),
        PATCH(64 * 1_024, Set.of("application/merge-patch+json", "application/json"), Set.of("dryRun"));

        private final int bodyLimitBytes;
        private final Set<String> mediaTypes;
        private final Set<String> query;

        Takes(int bodyLimitBytes, Set<String> mediaTypes, Set<String> query) {
            this.bodyLimitBytes = bodyLimitBytes;
            this.mediaTypes = mediaTypes;
            this.query = query;
        }

        /** Longest body; 0 without one. */
        int bodyLimitBytes() {
            return bodyLimitBytes;
        }

        /** True when a body may take so much memory that only few are read at once. */
        boolean isLarge() {
            return bodyLimitBytes > 1_024 * 1_024;
        }

        /** Media types that a body may have. */
        Set<String> mediaTypes() {
            return mediaTypes;
        }
    }

    private final String id;
    private final HttpMethod method;
    private final String template;
    private final List<String> segments;
    private final Access access;
    private final Takes takes;
    private final Set<String> filters;

    OperationId(String id, HttpMethod method, String template, Access access, Takes takes, String... filters) {
        this.id = id;
        this.method = method;
        this.template = template;
        this.segments = PathTemplate.segments(template);
        this.access = access;
        this.takes = takes;
        this.filters = Set.of(filters);
    }

    /** As in the contract. */
    String id() {
        return id;
    }

    HttpMethod method() {
        return method;
    }

    String template() {
        return template;
    }

    List<String> segments() {
        return segments;
    }

    /** Who may call it. */
    Access access() {
        return access;
    }

    Takes takes() {
        return takes;
    }

    /** True when it may compute for longer than others should wait. */
    boolean isLong() {
        return takes.isLarge() || this == EXPORT_TENANT;
    }

    /** True when it has a query parameter of this name. */
    boolean hasQuery(String name) {
        return takes.query.contains(name) || filters.contains(name);
    }
}
