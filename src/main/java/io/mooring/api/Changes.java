package io.mooring.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.ConfigStore;
import io.mooring.store.Draft;
import io.mooring.store.Item;
import io.mooring.store.Scope;
import io.mooring.tenant.TenantJson;
import io.mooring.tenant.Violation;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * How every operation changes something: preconditions, the answer to a repeated request, trial runs, and the audit are the same
 * everywhere.
 */
final class Changes {

    static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private static final Pattern KEY = Pattern.compile("[!-~]{8,128}");
    private static final long ANSWER_LIFETIME_SECONDS = 24 * 3_600;

    private final ConfigStore store;
    private final Answers answers;
    private final Clock clock;

    Changes(ConfigStore store, Answers answers, Clock clock) {
        this.store = store;
        this.answers = answers;
        this.clock = clock;
    }

    /**
     * Makes a change.
     *
     * @param scopes all that the decision reads and writes, as {@link ConfigStore#change} takes them
     * @param decision checks, drafts the writes, and answers; may be called more than once
     */
    ApiResponse make(ApiRequest request, List<Scope> scopes, Function<Draft, ApiResponse> decision) {
        Optional<String> key = idempotencyKey(request);
        boolean dryRun = request.isDryRun();
        return store.change(scopes, draft -> {
            Optional<ApiResponse> earlier = key.flatMap(it -> earlier(request, it));
            if (earlier.isPresent()) {
                return earlier.get();
            }
            ApiResponse answer = decision.apply(draft);
            if (dryRun) {
                draft.discard();
            } else {
                key.ifPresent(it -> draft.remember(answers.name(request, it), answers.seal(request, it, answer),
                        ANSWER_LIFETIME_SECONDS));
            }
            return answer;
        });
    }

    /**
     * Deletes something.
     *
     * @param scopes as {@link #make} takes them; the audit is in the last one
     * @param path of what is deleted
     * @param find what there is, or the refusal when there is nothing
     * @param deletion refuses when it is in use, else drafts the writes
     */
    ApiResponse delete(ApiRequest request, List<Scope> scopes, String path, Supplier<Item> find,
            BiConsumer<Draft, Item> deletion) {
        return make(request, scopes, draft -> {
            Item before = find.get();
            preconditions(request, Optional.of(before));
            deletion.accept(draft, before);
            audit(request, draft, scopes.getLast(), path, Optional.of(before.json()), Optional.empty());
            return ApiResponse.noContent();
        });
    }

    private static Optional<String> idempotencyKey(ApiRequest request) {
        String key = request.headers().get(IDEMPOTENCY_KEY);
        if (key == null || request.operation().method() != HttpMethod.POST) {
            return Optional.empty();
        }
        if (!KEY.matcher(key).matches()) {
            throw new ProblemException(ProblemType.INVALID_PARAMETER, "must be 8 to 128 printable ASCII characters",
                    IDEMPOTENCY_KEY);
        }
        return request.isDryRun() ? Optional.empty() : Optional.of(key);
    }

    private Optional<ApiResponse> earlier(ApiRequest request, String key) {
        Optional<String> kept = store.remembered(answers.name(request, key));
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        Answers.Found found = answers.open(request, key, kept.get());
        if (!found.sameRequest()) {
            throw new ProblemException(ProblemType.IDEMPOTENCY_KEY_REUSED, "take a new key for each new request",
                    IDEMPOTENCY_KEY);
        }
        return found.answer();
    }

    /** Notes in the audit what was changed. Neither value may hold a secret, but a PIN, which is not shown. */
    void audit(ApiRequest request, Draft draft, Scope scope, String object, Optional<? extends JsonNode> before,
            Optional<? extends JsonNode> after) {
        ObjectNode entry = TenantJson.object()
                .put("atMillis", clock.millis())
                .put("actor", request.principal().id())
                .put("role", request.principal().role().toString())
                .put("from", request.from())
                .put("requestId", request.id())
                .put("operation", request.operation().id())
                .put("object", object);
        before.ifPresent(value -> entry.set("before", WebhookInput.hide(PinSecret.hide(value))));
        after.ifPresent(value -> entry.set("after", WebhookInput.hide(PinSecret.hide(value))));
        draft.audit(scope, entry);
    }

    /** Passes when If-Match and If-None-Match [RFC 9110 13.1] hold for what there is. */
    static void preconditions(ApiRequest request, Optional<Item> current) {
        String match = request.headers().get(HttpHeaders.IF_MATCH);
        if (match != null && current.filter(item -> names(match, item.version())).isEmpty()) {
            throw new ProblemException(ProblemType.PRECONDITION_FAILED,
                    current.isPresent() ? "read it again" : "it does not exist", "If-Match");
        }
        String none = request.headers().get(HttpHeaders.IF_NONE_MATCH);
        if (none != null && current.filter(item -> names(none, item.version())).isPresent()) {
            throw new ProblemException(ProblemType.PRECONDITION_FAILED, "it exists", "If-None-Match");
        }
    }

    /** An answer to a GET: 304 without a body when the client has this version. */
    static ApiResponse show(ApiRequest request, Item item, JsonNode body) {
        return show(request, ApiResponse.of(200, body, item.version()));
    }

    /** The same for an answer that has its version. */
    static ApiResponse show(ApiRequest request, ApiResponse whole) {
        String none = request.headers().get(HttpHeaders.IF_NONE_MATCH);
        return none != null && names(none, whole.etag())
                ? new ApiResponse(304, "", Buffer.buffer(), whole.etag())
                : whole;
    }

    private static boolean names(String tags, String version) {
        return Arrays.stream(tags.split(",", -1))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals("\"" + version + "\""));
    }

    /** The body that a PUT brings, or that a PATCH [RFC 7396] makes of the current one. */
    static JsonNode body(ApiRequest request, Optional<ObjectNode> current) {
        JsonNode sent = request.json();
        if (request.operation().method() != HttpMethod.PATCH) {
            return sent;
        }
        if (!sent.isObject()) {
            throw new ProblemException(new Problem(ProblemType.INVALID_BODY,
                    List.of(new Problem.Error("", "must be an object"))));
        }
        return MergePatch.apply(current.orElseGet(TenantJson::object), sent);
    }

    /**
     * Passes when there is nothing to complain about.
     *
     * @param violations fields as {@link io.mooring.tenant.TenantRules} names them
     * @param prefix of the fields that are in the body
     */
    static void refuse(List<Violation> violations, String prefix) {
        if (violations.isEmpty()) {
            return;
        }
        boolean conflict = violations.stream().allMatch(Violation::conflict);
        throw new ProblemException(new Problem(conflict ? ProblemType.CONFLICT : ProblemType.INVALID_VALUE,
                violations.stream().map(it -> new Problem.Error(pointer(it.field(), prefix), it.detail())).toList()));
    }

    private static String pointer(String field, String prefix) {
        String inBody = field.startsWith(prefix) ? field.substring(prefix.length()) : field;
        return "/" + inBody.replace('.', '/');
    }

    /** Passes when nothing uses it. */
    static void refuseInUse(List<String> uses, String tenantPath) {
        if (!uses.isEmpty()) {
            List<String> paths = uses.stream()
                    .map(use -> use.equals(".") ? tenantPath : tenantPath + "/" + use)
                    .toList();
            throw new ProblemException(new Problem(ProblemType.IN_USE, "take it out of what uses it first", "",
                    List.of(), paths, 0));
        }
    }
}
