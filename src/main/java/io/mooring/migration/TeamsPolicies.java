package io.mooring.migration;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.migration.Migration.Policy;
import io.mooring.migration.Migration.Recall;
import io.mooring.tenant.ParkPolicy.Orbits;
import io.mooring.tenant.RecallMode;
import io.mooring.tenant.RecallSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Call park policies of Microsoft Teams, as {@code Get-CsTeamsCallParkPolicy | ConvertTo-Json} writes them [Microsoft
 * Teams PowerShell, {@code CsTeamsCallParkPolicy}]. A field that is not there has the default of Teams.
 */
public final class TeamsPolicies {

    private static final String IDENTITY = "Identity";
    /** The policy of everybody to whom no other one was granted. */
    private static final String GLOBAL = "Global";
    private static final String SCOPE = "Tag:";
    private static final int PARK_TIMEOUT_SECONDS = 300;

    private final Notes notes = new Notes();
    private final Set<String> seen = new HashSet<>();

    private TeamsPolicies() {}

    /**
     * Reads one policy, a list of them, or what PowerShell 5 makes of a list: an object with {@code value} and {@code Count}.
     *
     * @throws MalformedSourceException with all that is wrong
     */
    public static Migration read(JsonNode root) {
        return JsonSource.read(root, objects -> new TeamsPolicies().migration(objects));
    }

    private Migration migration(List<JsonSource> objects) {
        List<Policy> policies = new ArrayList<>();
        for (JsonSource object : objects) {
            if (object.has("value") && !object.has(IDENTITY)) {
                object.skip("Count");
                object.objects("value").forEach(it -> policies.add(policy(it)));
                object.noteTheRest(notes);
            } else {
                policies.add(policy(object));
            }
        }
        if (policies.size() > Migration.MOST_THINGS) {
            objects.getFirst().mistake("", "has more than " + Migration.MOST_THINGS + " policies");
        }
        return new Migration(policies, List.of(), notes.list());
    }

    private Policy policy(JsonSource in) {
        String identity = in.required(IDENTITY);
        String name = identity.regionMatches(true, 0, SCOPE, 0, SCOPE.length())
                ? identity.substring(SCOPE.length())
                : identity;
        if (!identity.isEmpty() && !seen.add(name.toLowerCase(Locale.ROOT))) {
            in.mistake(IDENTITY, "is there twice");
        }
        boolean allowed = in.flag("AllowCallPark").orElse(false);
        Optional<Orbits> orbits = orbits(in);
        int timeout = notes.within(in.at("ParkTimeoutSeconds"), "recallTimeoutSeconds",
                in.integer("ParkTimeoutSeconds").orElse(PARK_TIMEOUT_SECONDS), 30, 1_800);
        in.text("Description")
                .filter(text -> !text.isBlank())
                .ifPresent(text -> notes.lost(in.at("Description"),
                        "policies have no description here"));
        // What PowerShell adds to objects that came over the network.
        in.skip("PSComputerName", "PSShowComputerName", "RunspaceId");
        in.noteTheRest(notes);
        var recall = new RecallSettings(Optional.of(timeout), Optional.of(RecallMode.PARKER), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty());
        return new Policy(in.at(), name, name.equalsIgnoreCase(GLOBAL), allowed, orbits, false,
                new Recall(in.at("ParkTimeoutSeconds"), recall, Optional.empty()));
    }

    private Optional<Orbits> orbits(JsonSource in) {
        int start = in.integer("PickupRangeStart").orElse(Orbits.DEFAULT.start());
        int end = in.integer("PickupRangeEnd").orElse(Orbits.DEFAULT.end());
        if (end < start) {
            in.mistake("PickupRangeEnd", "must not be lower than PickupRangeStart");
            return Optional.empty();
        }
        return notes.orbits(in.at("PickupRangeStart"), in.at("PickupRangeEnd"), start, end);
    }
}
