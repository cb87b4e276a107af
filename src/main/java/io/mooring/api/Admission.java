package io.mooring.api;

import io.mooring.access.Access;
import io.mooring.access.Principal;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.AccessStore;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.Tenant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Whether a caller may have an operation done, on this object, and now. Used on one context. */
final class Admission {

    /** Requests of one tenant at once at this node: a part of what the node takes, so that the others have the rest. */
    static final int MAX_OF_ONE_TENANT = 64;

    /** Credentials that are remembered as refused; they are small, and each lasts for less than a second. */
    private static final int MOST_REFUSED = 10_000;

    private final TenantStore tenants;
    private final AccessStore store;
    private final Map<String, Integer> inFlight = new HashMap<>();
    private final Map<String, Refused> refused = new HashMap<>();

    /** Until when ({@link System#nanoTime}) a tenant may not ask, and what its requests are told. */
    private record Refused(long untilNanos, ProblemException why) {}

    Admission(TenantStore tenants, AccessStore store) {
        this.tenants = tenants;
        this.store = store;
    }

    /** Passes when the role and the object in the path allow it. */
    static void authorize(OperationId operation, Principal principal, Map<String, String> path) {
        Optional<String> domain = Optional.ofNullable(path.get("domain")).map(it -> it.toLowerCase(Locale.ROOT));
        Optional<String> extension = Optional.ofNullable(path.get("extension"));
        domain.ifPresent(Tenant::checkDomain);
        switch (operation.access().judge(principal, domain, extension)) {
            case ALLOWED -> {}
            case FORBIDDEN -> throw new ProblemException(ProblemType.FORBIDDEN, "needs " + needs(operation.access()));
            case UNKNOWN_TENANT -> throw TenantOperations.unknown(domain.orElse(""));
            case UNKNOWN_EXTENSION -> throw ExtensionOperations.unknownExtension(extension.orElse(""));
        }
    }

    private static String needs(Access access) {
        boolean global = access == Access.GLOBAL_READ || access == Access.GLOBAL_WRITE;
        return "one of the roles " + access.roles().stream().map(Enum::toString).sorted().toList()
                + (global ? " of no tenant" : "");
    }

    /** A request that was let in. To be closed when it is answered. */
    @FunctionalInterface
    interface Admitted extends AutoCloseable {

        @Override
        void close();
    }

    /**
     * Refuses a request with credentials that were refused a moment ago, for as long as its tenant has to wait: without a question to
     * the store, which all tenants share.
     */
    void refuseAgain(String authorization) {
        Refused earlier = refused.get(authorization);
        if (earlier == null) {
            return;
        }
        if (System.nanoTime() - earlier.untilNanos < 0) {
            throw earlier.why;
        }
        refused.remove(authorization);
    }

    /** Lets a request in, when its tenant does not ask too often. */
    Admitted enter(Principal principal, String authorization) {
        if (principal.tenant().isEmpty()) {
            return () -> {};
        }
        String domain = principal.tenant().get();
        int rate = tenants.tenant(domain).map(Tenant::quotas).orElse(Quotas.DEFAULT).requestsPerSecond();
        long waitMillis = store.takeRequest(domain, rate);
        if (waitMillis > 0) {
            var why = tooMany("the tenant may ask " + rate + " times a second", (int) ((waitMillis + 999) / 1_000));
            if (refused.size() >= MOST_REFUSED) {
                refused.clear();
            }
            refused.put(authorization, new Refused(System.nanoTime() + waitMillis * 1_000_000, why));
            throw why;
        }
        if (inFlight.getOrDefault(domain, 0) >= MAX_OF_ONE_TENANT) {
            throw tooMany("the tenant has " + MAX_OF_ONE_TENANT + " requests under way", 1);
        }
        inFlight.merge(domain, 1, Integer::sum);
        return () -> inFlight.computeIfPresent(domain, (key, count) -> count == 1 ? null : count - 1);
    }

    static ProblemException tooMany(String detail, int retryAfterSeconds) {
        return new ProblemException(new Problem(ProblemType.TOO_MANY_REQUESTS, detail, "", List.of(), List.of(),
                retryAfterSeconds));
    }
}
