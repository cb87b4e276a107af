package io.mooring.api;

import io.mooring.call.CallControl;
import io.mooring.store.AccessStore;
import io.mooring.store.CallEvents;
import io.mooring.store.ParkedCalls;
import io.mooring.store.TenantStore;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;

/** Which class carries out which operation. */
final class Operations {

    private final Map<OperationId, Operation> operations = new EnumMap<>(OperationId.class);

    Operations(TenantStore tenants, AccessStore access, ParkedCalls parkedCalls, CallControl control, CallEvents events,
            Answers answers,
            WebhookParts webhookParts, Clock clock, DocsOperations docs, ConsoleOperations console,
            EventStreams streams) {
        var changes = new Changes(tenants.config(), answers, clock);
        var tenant = new TenantOperations(tenants, parkedCalls, events, changes);
        var domain = new DomainOperations(tenants, changes);
        var extension = new ExtensionOperations(tenants, changes);
        var extensions = new ExtensionImport(tenants, changes);
        var trunk = new TrunkOperations(tenants, changes);
        var token = new TokenOperations(tenants, access, changes, clock);
        var audit = new AuditOperations(tenants);
        var parked = new ParkedCallOperations(tenants, parkedCalls, control, clock);
        var ongoing = new OngoingCallOperations(tenants, control);
        var event = new EventOperations(tenants, events);
        var phone = new PhoneOperations(tenants);
        var webhooks = new Webhooks(tenants.config(), events, webhookParts);
        var webhook = new WebhookOperations(tenants, webhooks, changes);
        var delivery = new DeliveryOperations(tenants, events, webhookParts, changes, clock);
        var document = new DocumentOperations(tenants, events, webhooks, changes);
        var sound = new SoundOperations(tenants, changes);
        var migration = new MigrationOperations(tenants, changes);
        var ringGroup = new ThingOperations<>(Thing.RING_GROUP, tenants, changes);
        var parkGroup = new ThingOperations<>(Thing.PARK_GROUP, tenants, changes);
        var parkPolicy = new ThingOperations<>(Thing.PARK_POLICY, tenants, changes);
        var grant = new ThingOperations<>(Thing.GRANT, tenants, changes);
        for (OperationId id : OperationId.values()) {
            operations.put(id, switch (id) {
                case GET_CONTRACT -> docs::contract;
                case GET_DOCS -> docs::page;
                case GET_DOCS_FILE -> docs::file;
                case GET_CONSOLE -> console::page;
                case GET_CONSOLE_FILE -> console::file;
                case GET_ME -> MeOperation::get;
                case LIST_TENANTS -> tenant::list;
                case GET_TENANT -> tenant::get;
                case PUT_TENANT, PATCH_TENANT -> tenant::put;
                case DELETE_TENANT -> tenant::delete;
                case LIST_DOMAINS -> domain::list;
                case GET_DOMAIN -> domain::get;
                case PUT_DOMAIN -> domain::put;
                case DELETE_DOMAIN -> domain::delete;
                case EXPORT_TENANT -> document::export;
                case IMPORT_TENANT -> document::load;
                case IMPORT_TEAMS_POLICIES -> migration::teams;
                case IMPORT_WEBEX_SETTINGS -> migration::webex;
                case IMPORT_ASTERISK_LOTS -> migration::asterisk;
                case IMPORT_EXTENSIONS -> extensions::load;
                case LIST_EXTENSIONS -> extension::list;
                case GET_EXTENSION -> extension::get;
                case PUT_EXTENSION, PATCH_EXTENSION -> extension::put;
                case DELETE_EXTENSION -> extension::delete;
                case RESET_PASSWORD -> extension::resetPassword;
                case GET_EFFECTIVE_POLICY -> extension::effectivePolicy;
                case GET_RECALL_PLAN -> extension::recallPlan;
                case LIST_CALLS -> ongoing::list;
                case PARK_CALL -> ongoing::park;
                case GET_PHONE_CONFIG -> phone::config;
                case LIST_PHONE_MODELS -> phone::models;
                case LIST_RING_GROUPS -> ringGroup::list;
                case CREATE_RING_GROUP -> ringGroup::create;
                case GET_RING_GROUP -> ringGroup::get;
                case PUT_RING_GROUP, PATCH_RING_GROUP -> ringGroup::put;
                case DELETE_RING_GROUP -> ringGroup::delete;
                case LIST_PARK_GROUPS -> parkGroup::list;
                case CREATE_PARK_GROUP -> parkGroup::create;
                case GET_PARK_GROUP -> parkGroup::get;
                case PUT_PARK_GROUP, PATCH_PARK_GROUP -> parkGroup::put;
                case DELETE_PARK_GROUP -> parkGroup::delete;
                case LIST_PARK_POLICIES -> parkPolicy::list;
                case CREATE_PARK_POLICY -> parkPolicy::create;
                case GET_PARK_POLICY -> parkPolicy::get;
                case PUT_PARK_POLICY, PATCH_PARK_POLICY -> parkPolicy::put;
                case DELETE_PARK_POLICY -> parkPolicy::delete;
                case LIST_GRANTS -> grant::list;
                case GET_GRANT -> grant::get;
                case PUT_GRANT -> grant::put;
                case DELETE_GRANT -> grant::delete;
                case LIST_SOUNDS -> sound::list;
                case GET_SOUND -> sound::get;
                case PUT_SOUND -> sound::put;
                case DELETE_SOUND -> sound::delete;
                case GET_SOUND_AUDIO -> sound::audio;
                case LIST_WEBHOOKS -> webhook::list;
                case CREATE_WEBHOOK -> webhook::create;
                case GET_WEBHOOK -> webhook::get;
                case PUT_WEBHOOK, PATCH_WEBHOOK -> webhook::put;
                case DELETE_WEBHOOK -> webhook::delete;
                case GET_WEBHOOK_HEALTH -> delivery::health;
                case TEST_WEBHOOK -> delivery::test;
                case REPLAY_WEBHOOK -> delivery::replay;
                case LIST_DEAD_LETTERS -> delivery::deadLetters;
                case REDELIVER_DEAD_LETTERS -> delivery::redeliver;
                case LIST_TENANT_TOKENS, LIST_TOKENS -> token::list;
                case CREATE_TENANT_TOKEN, CREATE_TOKEN -> token::create;
                case GET_TENANT_TOKEN, GET_TOKEN -> token::get;
                case DELETE_TENANT_TOKEN, DELETE_TOKEN -> token::delete;
                case LIST_TENANT_AUDIT, LIST_AUDIT -> audit::list;
                case LIST_PARKED_CALLS -> parked::list;
                case GET_PARKED_CALL -> parked::get;
                case END_PARKED_CALL -> parked::end;
                case RETRIEVE_PARKED_CALL -> parked::retrieve;
                case LIST_CALL_EVENTS -> event::ofCall;
                case LIST_EVENTS -> event::list;
                case FOLLOW_EVENTS -> streams::follow;
                case LIST_TRUNKS -> trunk::list;
                case GET_TRUNK -> trunk::get;
                case PUT_TRUNK, PATCH_TRUNK -> trunk::put;
                case DELETE_TRUNK -> trunk::delete;
            });
        }
    }

    ApiResponse perform(ApiRequest request) {
        Operation operation = operations.get(request.operation());
        if (operation == null) {
            throw new IllegalStateException("no handler for " + request.operation().id());
        }
        return operation.handle(request);
    }
}
