package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.access.Principal;
import io.mooring.access.Role;
import io.mooring.call.CallControl;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrieveOrder;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.ParkedCalls;
import io.mooring.store.ParkedCalls.ParkedCall;
import io.mooring.store.ParkedCalls.Party;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Extension;
import io.mooring.tenant.TenantJson;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Parked calls of a tenant. A tenant user sees those at the own extension, and those that the own extension has parked. */
final class ParkedCallOperations {

    private final TenantStore tenants;
    private final ParkedCalls calls;
    private final CallControl control;
    private final Clock clock;

    ParkedCallOperations(TenantStore tenants, ParkedCalls calls, CallControl control, Clock clock) {
        this.tenants = tenants;
        this.calls = calls;
        this.control = control;
        this.clock = clock;
    }

    ApiResponse list(ApiRequest request) {
        ObjectNode json = TenantJson.object().put("nowMillis", clock.millis());
        ArrayNode items = json.putArray("items");
        visible(request)
                .filter(call -> is(request.filter("state"), state(call)))
                .filter(call -> is(request.filter("place"), call.place()))
                .filter(call -> is(request.filter("parker"), call.parker()))
                .forEach(call -> items.add(json(call, request.principal())));
        return ApiResponse.ok(json);
    }

    ApiResponse get(ApiRequest request) {
        String id = id(request);
        List<ParkedCall> found = visible(request).filter(call -> call.id().equals(id)).toList();
        if (found.isEmpty()) {
            throw new ProblemException(ProblemType.UNKNOWN_PARKED_CALL, "no such call is parked", "call");
        }
        return ApiResponse.ok(json(found.getFirst(), request.principal()));
    }

    /**
     * Rings a phone and gives it the call. A tenant user's is the own one, and it must be entitled to retrieve the call; an administrator
     * sends the call where he wants.
     */
    ApiResponse retrieve(ApiRequest request) {
        String domain = request.domain();
        String id = id(request);
        TenantOperations.require(tenants, domain);
        Principal principal = request.principal();
        boolean user = principal.role() == Role.TENANT_USER;
        String own = principal.extension().orElse("");
        RetrieveOrder order = Fields.read(request.json(),
                in -> new RetrieveOrder(user ? in.text("extension").orElse(own) : in.required("extension"), user,
                        in.text("ticket").orElse(""), in.text("pin").orElse("")));
        String extension = order.extension();
        if (user && !extension.equals(own)) {
            throw ExtensionOperations.unknownExtension(extension);
        }
        Extension.checkNumber(extension);
        ordered(() -> control.ring(domain, id, order));
        return ApiResponse.of(202, TenantJson.object().put("call", id).put("extension", extension), "");
    }

    /** Hangs up. */
    ApiResponse end(ApiRequest request) {
        String domain = request.domain();
        String id = id(request);
        TenantOperations.require(tenants, domain);
        ordered(() -> control.hangUp(domain, id));
        return ApiResponse.noContent();
    }

    private static void ordered(Runnable order) {
        try {
            order.run();
        } catch (RefusedException e) {
            Refusal refusal = e.refusal();
            throw new ProblemException(switch (refusal) {
                case NOTHING_PARKED, CALLER_GONE, RETRIEVED_BY_OTHER -> ProblemType.UNKNOWN_PARKED_CALL;
                case UNKNOWN_EXTENSION -> ProblemType.UNKNOWN_EXTENSION;
                case RETRIEVAL_NOT_ALLOWED, PIN_REQUIRED, WRONG_PIN, TOO_MANY_PINS -> ProblemType.FORBIDDEN;
                case MEDIA_UNAVAILABLE, STATE_UNAVAILABLE -> ProblemType.UNAVAILABLE;
                default -> ProblemType.CONFLICT;
            }, refusal.text(e.takenBy()), field(refusal));
        }
    }

    private static String field(Refusal refusal) {
        return switch (refusal) {
            case UNKNOWN_EXTENSION -> "extension";
            case PIN_REQUIRED, WRONG_PIN, TOO_MANY_PINS -> "pin";
            default -> "call";
        };
    }

    /** Id of the call in the path, checked. */
    static String id(ApiRequest request) {
        String id = request.parameter("call");
        if (!id.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_'))) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be the id of a call", "call");
        }
        return id;
    }

    private Stream<ParkedCall> visible(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        Principal principal = request.principal();
        return calls.of(domain).stream().filter(call -> principal.role() != Role.TENANT_USER || isOwn(call, principal));
    }

    private static boolean isOwn(ParkedCall call, Principal principal) {
        String own = principal.extension().orElse("");
        return call.parker().equals(own) || call.place().equals("ext:" + own);
    }

    private static boolean is(Optional<String> wanted, String value) {
        return wanted.map(value::equals).orElse(true);
    }

    private static String state(ParkedCall call) {
        return call.state().toLowerCase(Locale.ROOT);
    }

    /** As a program gets it. Who does not want to be named is named to administrators only. */
    private static ObjectNode json(ParkedCall call, Principal reader) {
        ObjectNode json = TenantJson.object()
                .put("id", call.id())
                .put("state", state(call))
                .put("place", call.place())
                .put("parker", call.parker())
                .put("parkedAtMillis", call.parkedAtMillis())
                .put("ticket", call.ticket());
        Party party = call.party();
        if (!party.withheld() || reader.role() == Role.OPERATOR || reader.role() == Role.TENANT_ADMIN) {
            put(json, "number", party.number());
            put(json, "name", party.name());
        }
        if (party.withheld()) {
            json.put("withheld", true);
        }
        if (!call.ringing().isEmpty()) {
            call.ringing().forEach(json.putArray("ringing")::add);
        }
        call.next().ifPresent(next -> {
            ObjectNode step = json.putObject("next");
            step.put("action", next.action().slug()).put("atMillis", next.atMillis());
            next.extensions().forEach(step.putArray("extensions")::add);
        });
        return json;
    }

    private static void put(ObjectNode json, String name, String value) {
        if (!value.isEmpty()) {
            json.put(name, value);
        }
    }
}
