package io.mooring.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.call.CallControl;
import io.mooring.call.Feature;
import io.mooring.call.OngoingCall;
import io.mooring.call.ParkMode;
import io.mooring.call.ParkOrder;
import io.mooring.call.ParkedAt;
import io.mooring.call.Places;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.TenantStore;
import io.mooring.tenant.InvalidValueException;
import io.mooring.tenant.TenantJson;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Calls of an extension that are up, and their park. A tenant user has those of the own extension. */
final class OngoingCallOperations {

    private static final Pattern EXTENSION = Pattern.compile("[0-9]{2,8}");

    private final TenantStore tenants;
    private final CallControl control;

    OngoingCallOperations(TenantStore tenants, CallControl control) {
        this.tenants = tenants;
        this.control = control;
    }

    /** What the body of a park says. */
    private record Wanted(ParkMode mode, String number, String call) {

        static Wanted read(Fields in) {
            ParkMode mode = in.choice("mode", ParkMode.class).orElse(ParkMode.OWN_EXTENSION);
            boolean numbered = mode == ParkMode.EXTENSION || mode == ParkMode.CHOSEN_ORBIT;
            String number = numbered ? in.required("number") : in.text("number").orElse("");
            return new Wanted(mode, checked(mode, number), in.text("call").orElse(""));
        }

        private static String checked(ParkMode mode, String number) {
            switch (mode) {
                case EXTENSION -> {
                    if (!number.isEmpty() && !EXTENSION.matcher(number).matches()) {
                        throw new InvalidValueException("number", "must be 2 to 8 digits");
                    }
                }
                case CHOSEN_ORBIT -> {
                    if (!number.isEmpty() && !Places.isOrbit(number)) {
                        throw new InvalidValueException("number", "must be an orbit, 10 to 9999");
                    }
                }
                default -> {
                    if (!number.isEmpty()) {
                        throw new InvalidValueException("number", "is for extension and chosen-orbit alone");
                    }
                }
            }
            return number;
        }

        Feature.Parking parking() {
            return switch (mode) {
                case OWN_EXTENSION -> new Feature.Park("");
                case EXTENSION -> new Feature.Park(number);
                case PARK_GROUP -> new Feature.ParkToGroup();
                case NEXT_ORBIT -> new Feature.ParkAtNextOrbit();
                case CHOSEN_ORBIT -> new Feature.ParkAtOrbit(Integer.parseInt(number));
            };
        }
    }

    ApiResponse list(ApiRequest request) {
        ObjectNode json = TenantJson.object();
        ArrayNode items = json.putArray("items");
        up(request.domain(), extension(request)).forEach(call -> {
            ObjectNode item = items.addObject().put("id", call.id()).put("peer", call.peer());
            if (call.sinceMillis() > 0) {
                item.put("sinceMillis", call.sinceMillis());
            }
        });
        return ApiResponse.ok(json);
    }

    /** Parks the call that is up, or the one that is named. */
    ApiResponse park(ApiRequest request) {
        String domain = request.domain();
        String extension = extension(request);
        Wanted wanted = Fields.read(request.json(), Wanted::read);
        String call = wanted.call().isEmpty() ? only(up(domain, extension)) : wanted.call();
        ParkedAt parked;
        try {
            parked = control.park(domain, new ParkOrder(extension, wanted.parking(), call));
        } catch (RefusedException e) {
            throw problem(e.refusal());
        }
        ObjectNode json = TenantJson.object()
                .put("id", parked.id())
                .put("state", "parked")
                .put("place", parked.place())
                .put("parker", extension)
                .put("parkedAtMillis", parked.parkedAtMillis())
                .put("ticket", parked.ticket());
        return ApiResponse.of(201, json, "");
    }

    private String extension(ApiRequest request) {
        String extension = request.extension();
        TenantOperations.require(tenants, request.domain());
        if (!tenants.hasExtension(request.domain(), extension)) {
            throw ExtensionOperations.unknownExtension(extension);
        }
        return extension;
    }

    private List<OngoingCall> up(String domain, String extension) {
        try {
            return control.ongoing(domain, extension);
        } catch (RefusedException e) {
            throw problem(e.refusal());
        }
    }

    private static String only(List<OngoingCall> calls) {
        if (calls.isEmpty()) {
            throw new ProblemException(ProblemType.UNKNOWN_CALL, "no call of this extension is up", "extension");
        }
        if (calls.size() > 1) {
            String named = calls.stream()
                    .map(call -> call.id() + " (with " + call.peer() + ")")
                    .collect(Collectors.joining(", "));
            throw new ProblemException(ProblemType.CONFLICT, "several calls are up, name one in call: " + named,
                    "call");
        }
        return calls.getFirst().id();
    }

    private static ProblemException problem(Refusal refusal) {
        return switch (refusal) {
            case UNKNOWN_DIALOG -> new ProblemException(ProblemType.UNKNOWN_CALL, refusal.text(), "call");
            case UNKNOWN_EXTENSION -> new ProblemException(ProblemType.UNKNOWN_EXTENSION, refusal.text(), "number");
            case ORBIT_OUT_OF_RANGE -> new ProblemException(ProblemType.INVALID_VALUE, refusal.text(), "number");
            case PARKING_OFF, MODE_NOT_ALLOWED, NO_PARK_GROUP ->
                new ProblemException(ProblemType.FORBIDDEN, refusal.text(), "extension");
            case MEDIA_UNAVAILABLE, STATE_UNAVAILABLE ->
                new ProblemException(ProblemType.UNAVAILABLE, refusal.text(), "call");
            case TOO_MANY_PARKED -> new ProblemException(ProblemType.QUOTA_EXCEEDED, refusal.text(), "call");
            default -> new ProblemException(ProblemType.CONFLICT, refusal.text(), "call");
        };
    }
}
