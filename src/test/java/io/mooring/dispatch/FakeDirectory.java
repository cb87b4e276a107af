package io.mooring.dispatch;

import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.mooring.call.NoticeDialect;
import io.mooring.call.ParkMode;
import io.mooring.call.ParkRights;
import io.mooring.call.ParkTerms;
import io.mooring.call.RecallPlan;
import io.mooring.call.RetrievalPin;
import io.mooring.call.RetrievalRule;
import io.mooring.call.SoundVersion;
import io.mooring.call.Standing;
import io.mooring.tenant.FeatureCodes;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A tenant with the extensions 101 to 103 and a policy that a test may change; 101 and 102 are in the park group {@code sales}. */
final class FakeDirectory implements Directory {
    private static final Set<String> EXTENSIONS = Set.of("101", "102", "103");

    final Map<String, Standing> standings = new ConcurrentHashMap<>();
    private final Map<String, Long> turns = new ConcurrentHashMap<>();
    private final Map<String, Long> turnsOf = new ConcurrentHashMap<>();
    /** Done once, when a turn has been taken. */
    final AtomicReference<@Nullable Runnable> afterTurn = new AtomicReference<>();
    volatile boolean parkingAllowed;
    volatile Set<ParkMode> modes = Set.of();
    volatile RetrievalRule retrieval = RetrievalRule.TENANT;
    volatile boolean orbitDialled;
    volatile boolean messages;
    volatile NoticeDialect dialect = NoticeDialect.MESSAGE;
    volatile boolean groupHunts;
    volatile int callsPerPlace;
    volatile int parkedCalls;
    volatile RecallPlan recall = RecallPlan.NONE;
    volatile RetrievalPin pin = RetrievalPin.NONE;

    FakeDirectory() {
        reset();
    }

    /** Everything is allowed, and the orbits are 10 to 12. */
    void reset() {
        parkingAllowed = true;
        modes = EnumSet.allOf(ParkMode.class);
        retrieval = RetrievalRule.TENANT;
        orbitDialled = false;
        messages = false;
        groupHunts = false;
        callsPerPlace = 1;
        parkedCalls = 1_000;
        recall = RecallPlan.NONE;
        pin = RetrievalPin.NONE;
        turns.clear();
        turnsOf.clear();
        afterTurn.set(null);
        standings.clear();
        standings.put("101", new Standing("p", "sales"));
        standings.put("102", new Standing("p", "sales"));
        standings.put("103", new Standing("q", ""));
    }

    @Override
    public Feature feature(String tenant, String dialled) {
        return FeatureCodes.DEFAULT.match(dialled);
    }

    @Override
    public String shown(String tenant, String dialled) {
        return FeatureCodes.DEFAULT.shown(dialled);
    }

    @Override
    public boolean isDomain(String tenant, String domain) {
        return domain.equals(tenant);
    }

    @Override
    public boolean isTrunk(String tenant, String host, int port) {
        return host.equals("127.0.0.2");
    }

    @Override
    public boolean hasExtension(String tenant, String extension) {
        return EXTENSIONS.contains(extension);
    }

    @Override
    public ParkRights parkRights(String tenant, String parker, Feature.Parking wanted) {
        Standing standing = standing(tenant, parker);
        String asked = wanted instanceof Feature.Park(String extension)
                ? extension.isEmpty() ? parker : extension
                : "";
        var terms = new ParkTerms(retrieval, standing.policy(), standing.parkGroup(), orbitDialled, messages,
                callsPerPlace, recall, SoundVersion.NONE, pin, true);
        return new ParkRights(parkingAllowed, modes, 10, 12, terms, EXTENSIONS.contains(asked), List.of("101", "102"),
                groupHunts, parkedCalls);
    }

    @Override
    public long turn(String tenant, String ringGroup, String park) {
        long turn = turnsOf.computeIfAbsent(park, _ -> turns.merge(tenant + "/" + ringGroup, 1L, Long::sum) - 1);
        Runnable then = afterTurn.getAndSet(null);
        if (then != null) {
            then.run();
        }
        return turn;
    }

    @Override
    public Standing standing(String tenant, String user) {
        return standings.getOrDefault(user, new Standing("", ""));
    }

    @Override
    public boolean announces(String tenant, String user) {
        return false;
    }

    @Override
    public Map<String, NoticeDialect> notices(String tenant, Collection<String> extensions) {
        return extensions.stream()
                .distinct()
                .filter(EXTENSIONS::contains)
                .collect(Collectors.toMap(Function.identity(), extension -> dialect));
    }

    @Override
    public Map<String, String> credentials(String tenant, Collection<String> extensions) {
        return extensions.stream()
                .distinct()
                .filter(EXTENSIONS::contains)
                .collect(Collectors.toMap(Function.identity(), extension -> "secret of " + extension));
    }

    @Override
    public int subscriptions(String tenant) {
        return 1_000;
    }

    @Override
    public String retrieveCode(String tenant) {
        return FeatureCodes.DEFAULT.retrieve();
    }
}
