package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.call.CallEvent;
import io.mooring.event.EventView;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.CallEvents;
import io.mooring.store.CallEvents.Kept;
import io.mooring.store.TenantStore;
import io.mooring.tenant.TenantJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What happened to the calls of a tenant. A tenant user sees what was at the own extension, and what the own extension has parked or
 * done.
 */
final class EventOperations {
    private static final int CHUNK = 500;
    /** That one request looks through, so that a filter which fits few does not read them all. */
    private static final int MOST_LOOKED_AT = 2_000;

    private final TenantStore tenants;
    private final CallEvents events;

    EventOperations(TenantStore tenants, CallEvents events) {
        this.tenants = tenants;
        this.events = events;
    }

    /** All that are wanted, a page at a time; a page that a filter leaves little of is short, and has a next one. */
    ApiResponse list(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        Optional<String> known = known("after", request.filter("after"));
        boolean upwards = upwards(request, known.isPresent());
        Optional<CallEvent.Type> type = request.filter("type").map(EventOperations::type);
        int limit = request.limit();
        String at = request.after();
        if (!at.isEmpty() && !CallEvents.ID.matcher(at).matches()) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be the cursor of an answer", "cursor");
        }
        boolean missed = at.isEmpty() && known.isPresent() && events.hasLost(domain, known.get());
        if (at.isEmpty()) {
            at = known.orElse("");
        }
        List<ObjectNode> found = new ArrayList<>();
        String last = "";
        for (int looked = 0; looked < MOST_LOOKED_AT; looked += CHUNK) {
            List<Kept> chunk = (upwards ? events.after(domain, at, CHUNK) : events.before(domain, at, CHUNK)).await();
            for (Kept event : chunk) {
                at = event.id();
                if (!EventView.isSeenBy(event, request.principal())
                        || (type.isPresent() && !event.type().equals(type))
                        || !isWanted(request, event)) {
                    continue;
                }
                if (found.size() == limit) {
                    return page(found, last, missed);
                }
                found.add(EventView.json(event, request.principal()));
                last = event.id();
            }
            if (chunk.size() < CHUNK) {
                return page(found, "", missed);
            }
        }
        return page(found, at, missed);
    }

    private static ApiResponse page(List<ObjectNode> found, String next, boolean missed) {
        ObjectNode page = ApiResponse.pageOf(found, next);
        if (missed) {
            page.put("missed", true);
        }
        return ApiResponse.ok(page);
    }

    /** The time line of one call, parked or over. */
    ApiResponse ofCall(ApiRequest request) {
        String domain = request.domain();
        TenantOperations.require(tenants, domain);
        String call = ParkedCallOperations.id(request);
        List<Kept> seen = events.of(domain, call)
                .stream()
                .filter(event -> EventView.isSeenBy(event, request.principal()))
                .toList();
        if (seen.isEmpty()) {
            throw new ProblemException(ProblemType.UNKNOWN_PARKED_CALL, "no such call is parked, or was lately",
                    "call");
        }
        ObjectNode json = TenantJson.object();
        ArrayNode items = json.putArray("items");
        seen.forEach(event -> items.add(EventView.json(event, request.principal())));
        return ApiResponse.ok(json);
    }

    /**
     * Id of the last event that somebody knows.
     *
     * @param parameter that it stands in
     */
    static Optional<String> known(String parameter, Optional<String> id) {
        if (id.isPresent() && !CallEvents.ID.matcher(id.get()).matches()) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be the id of an event", parameter);
        }
        return id;
    }

    private static boolean upwards(ApiRequest request, boolean readsOn) {
        Optional<String> order = request.filter("order");
        if (readsOn && !order.orElse("oldest-first").equals("oldest-first")) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be oldest-first beside after", "order");
        }
        return readsOn || request.oneOf("order", List.of("latest-first", "oldest-first")).equals("oldest-first");
    }

    private static CallEvent.Type type(String slug) {
        return CallEvent.Type.of(slug)
                .orElseThrow(() -> new ProblemException(ProblemType.INVALID_PARAMETER,
                        "must be one of "
                                + List.of(CallEvent.Type.values()).stream().map(CallEvent.Type::slug).toList(),
                        "type"));
    }

    private static boolean isWanted(ApiRequest request, Kept event) {
        return is(request.filter("call"), event.text("call"))
                && is(request.filter("place"), EventView.place(event))
                && is(request.filter("parker"), event.text("parker"))
                && is(request.filter("by"), EventView.by(event, request.principal()));
    }

    private static boolean is(Optional<String> wanted, String value) {
        return wanted.map(value::equals).orElse(true);
    }
}
