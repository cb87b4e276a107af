package io.mooring.api;

import io.mooring.access.Access;
import io.mooring.access.ApiToken;
import io.mooring.access.Principal;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.store.AccessStore;
import io.mooring.store.TenantStore;
import io.mooring.tenant.Quotas;
import io.mooring.tenant.Tenant;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether a caller may have an operation done, on this object, and now. Used on one context.
 *
 * <p>Who bears a token that was good a moment ago counts as its tenant from the first byte on; whoever else has a token counts as
 * the address that it comes from, until the store has said whose it is. So nobody can use up what is another tenant's, and
 * wrong tokens keep none out who has a good one, not from the same address either.
 */
final class Admission {

    /** Requests of one tenant at this node, those that wait included. */
    private static final int MOST_OF_A_TENANT = 64;
    /** Requests of one address whose tokens are not known: they are looked up in a moment, and many may come from a proxy. */
    private static final int MOST_OF_AN_ADDRESS = 256;
    /** Credentials that were good, at most: as many hashes. */
    private static final int MOST_KNOWN = 10_000;
    /** Tenants that are remembered as refused; each lasts for a second or two. */
    private static final int MOST_REFUSED = 10_000;
    /** Requests of an address for what everybody may have: the contract, and the page to browse it. */
    private static final int OPEN_A_SECOND = 100;
    private static final long SECOND_NANOS = 1_000_000_000;
    /** What is longer counts as more than one request. */
    private static final int BYTES_OF_A_REQUEST = 64 * 1_024;
    private static final int IPV6_NETWORK_BYTES = 8;

    private final TenantStore tenants;
    private final AccessStore store;
    private final Lines lines = new Lines();
    private final Map<String, Refused> refused = new HashMap<>();
    /** Tenant by the hash of the header; empty for who has none. */
    private final Map<String, String> known = new LinkedHashMap<>(16, 0.75f, true) {

        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_KNOWN;
        }
    };
    private final Map<String, Integer> open = new HashMap<>();
    private long openSinceNanos = System.nanoTime();

    /** Until when ({@link System#nanoTime}) a tenant may not ask, and what its requests are told. */
    private record Refused(long untilNanos, ProblemException why) {}

    Admission(TenantStore tenants, AccessStore store) {
        this.tenants = tenants;
        this.store = store;
    }

    /** The addresses that one customer has: one of IPv4, a network of 64 bits of IPv6. */
    static String network(String address) {
        try {
            return InetAddress.ofLiteral(address) instanceof Inet6Address six
                    ? HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), IPV6_NETWORK_BYTES))
                    : address;
        } catch (IllegalArgumentException e) {
            return address;
        }
    }

    /** Who counts for a request before anybody was asked: its tenant when its token was good a moment ago, else its address. */
    String who(String authorization, String address) {
        return who(Optional.ofNullable(known.get(ApiToken.hash(authorization))).filter(it -> !it.isEmpty()), address);
    }

    /** Who counts for a request. */
    static String who(Optional<String> tenant, String address) {
        return tenant.map(it -> "tenant " + it).orElse("address " + address);
    }

    /**
     * Finds out who asks. Refuses whose tenant was refused a moment ago, for as long as it has to wait: without a question to the
     * store, which all tenants share.
     *
     * @param address {@link #network} that the request comes from
     * @param lookUp asks the store, or the issuer's keys
     * @return empty for who has no token, or none that is good
     */
    Optional<Principal> identify(String authorization, String address, Supplier<Optional<Principal>> lookUp) {
        if (authorization.isEmpty()) {
            return Optional.empty();
        }
        String hash = ApiToken.hash(authorization);
        String tenant = known.get(hash);
        if (tenant != null) {
            refuseAgain(tenant);
        }
        try (Lines.Place place = tenant == null
                ? lines.enter(who(Optional.empty(), address), MOST_OF_AN_ADDRESS, "too many unknown tokens at once")
                : tenant.isEmpty() ? lines.enter() : enterTenant(tenant)) {
            Optional<Principal> principal = place.work(lookUp);
            principal.ifPresentOrElse(it -> known.put(hash, it.tenant().orElse("")), () -> known.remove(hash));
            return principal;
        }
    }

    private void refuseAgain(String tenant) {
        Refused earlier = refused.get(tenant);
        if (earlier == null) {
            return;
        }
        if (System.nanoTime() - earlier.untilNanos < 0) {
            throw earlier.why;
        }
        refused.remove(tenant);
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

    private Lines.Place enterTenant(String domain) {
        return lines.enter(who(Optional.of(domain), ""), MOST_OF_A_TENANT,
                "the tenant has " + MOST_OF_A_TENANT + " requests under way");
    }

    /** A request that was let in. To be closed when it is answered. */
    final class Admitted implements AutoCloseable {

        private final Lines.Place place;
        private final Optional<String> tenant;
        private final int rate;

        private Admitted(Lines.Place place, Optional<String> tenant, int rate) {
            this.place = place;
            this.tenant = tenant;
            this.rate = rate;
        }

        /** Does it when it is this request's turn; it may wait. */
        <T> T work(Supplier<T> task) {
            return place.work(task);
        }

        /** Counts what was long, or has a long answer, as the requests that it is worth. */
        void charge(int bytes) {
            if (bytes >= BYTES_OF_A_REQUEST) {
                tenant.ifPresent(it -> store.charge(it, rate, bytes / BYTES_OF_A_REQUEST));
            }
        }

        @Override
        public void close() {
            place.close();
        }
    }

    /**
     * Lets a request in, when it is not one too many.
     *
     * @param principal empty for who has no token that is good
     */
    Admitted enter(Optional<Principal> principal) {
        Optional<String> tenant = principal.flatMap(Principal::tenant);
        if (tenant.isEmpty()) {
            return new Admitted(lines.enter(), tenant, 0);
        }
        String domain = tenant.get();
        int rate = tenants.tenant(domain).map(Tenant::quotas).orElse(Quotas.DEFAULT).requestsPerSecond();
        long waitMillis = store.takeRequest(domain, rate);
        if (waitMillis > 0) {
            var why = tooMany("the tenant may ask " + rate + " times a second", (int) ((waitMillis + 999) / 1_000));
            if (refused.size() >= MOST_REFUSED) {
                refused.clear();
            }
            refused.put(domain, new Refused(System.nanoTime() + waitMillis * 1_000_000, why));
            throw why;
        }
        return new Admitted(enterTenant(domain), tenant, rate);
    }

    /**
     * Lets a request without a token have what everybody may have, when its address does not ask too often.
     *
     * @param address {@link #network} that it comes from
     */
    void enterOpen(String address) {
        long now = System.nanoTime();
        if (now - openSinceNanos > SECOND_NANOS) {
            open.clear();
            openSinceNanos = now;
        }
        if (open.merge(address, 1, Integer::sum) > OPEN_A_SECOND) {
            throw tooMany("this address may ask " + OPEN_A_SECOND + " times a second without a token", 1);
        }
    }

    static ProblemException tooMany(String detail, int retryAfterSeconds) {
        return new ProblemException(new Problem(ProblemType.TOO_MANY_REQUESTS, detail, "", List.of(), List.of(),
                retryAfterSeconds));
    }
}
