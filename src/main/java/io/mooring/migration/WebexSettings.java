package io.mooring.migration;

import com.fasterxml.jackson.databind.JsonNode;
import io.mooring.migration.Migration.Group;
import io.mooring.migration.Migration.Member;
import io.mooring.migration.Migration.Policy;
import io.mooring.migration.Migration.Recall;
import io.mooring.tenant.RecallMode;
import io.mooring.tenant.RecallSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Call park of one location of Webex Calling (BroadWorks), in the words of its API: answers of {@code
 * GET /telephony/config/locations/{id}/callParks/settings}, {@code .../callParks}, {@code .../callParks/{id}} and {@code
 * .../callParkExtensions}, one of them or a list, and objects that have the fields of several.
 */
public final class WebexSettings {

    private static final String DEFAULT_NAME = "Webex call park";
    private static final Map<String, RecallMode> OPTIONS = Map.of(
            "ALERT_PARKING_USER_ONLY", RecallMode.PARKER,
            "ALERT_PARKING_USER_FIRST_THEN_HUNT_GROUP", RecallMode.PARKER_THEN_RING_GROUP,
            "ALERT_HUNT_GROUP_ONLY", RecallMode.RING_GROUP);
    /** What BroadWorks sends for its ring patterns, and phones know. */
    private static final Map<String, String> RING_PATTERNS = Map.of(
            "NORMAL", "",
            "LONG_LONG", "<http://127.0.0.1/Bellcore-dr2>",
            "SHORT_SHORT_LONG", "<http://127.0.0.1/Bellcore-dr3>",
            "SHORT_LONG_SHORT", "<http://127.0.0.1/Bellcore-dr4>");

    private final Notes notes = new Notes();
    private final List<Group> groups = new ArrayList<>();
    private final Set<String> groupNames = new HashSet<>();
    /** Call parks that only a list names, by where they stand. */
    private final Map<String, String> listed = new LinkedHashMap<>();
    private final ParkNumbers numbers = new ParkNumbers(notes);
    private Optional<Recall> location = Optional.empty();
    private Optional<String> locationName = Optional.empty();

    private WebexSettings() {}

    /**
     * Reads them.
     *
     * @throws MalformedSourceException with all that is wrong
     */
    public static Migration read(JsonNode root) {
        return JsonSource.read(root, objects -> new WebexSettings().migration(objects));
    }

    private Migration migration(List<JsonSource> objects) {
        for (JsonSource object : objects) {
            answer(object);
        }
        if (groups.size() > Migration.MOST_THINGS) {
            objects.getFirst().mistake("", "has more than " + Migration.MOST_THINGS + " call parks");
        }
        listed.forEach((at, name) -> {
            if (!groupNames.contains(name.toLowerCase(Locale.ROOT))) {
                notes.lost(at, "only the name of this call park is here: add the answer of callParks/{id}");
            }
        });
        return new Migration(policy().stream().toList(), groups, notes.list());
    }

    private void answer(JsonSource in) {
        boolean known = false;
        if (in.has("callParkRecall") || in.has("callParkSettings")) {
            settings(in);
            known = true;
        }
        if (in.has("callParks")) {
            in.objects("callParks").forEach(this::callPark);
            known = true;
        }
        if (isCallPark(in)) {
            callPark(in);
            return;
        }
        if (in.has("callParkExtensions")) {
            in.objects("callParkExtensions").forEach(this::parkExtension);
            known = true;
        } else if (in.has("extension")) {
            parkExtension(in);
            return;
        }
        if (!known) {
            in.mistake("", "is none of the answers about call park: callParks/settings, callParks, callParks/{id},"
                    + " callParkExtensions");
        }
        in.noteTheRest(notes);
    }

    private static boolean isCallPark(JsonSource in) {
        return in.has("recall") || in.has("agents") || in.has("parkOnAgentsEnabled");
    }

    private void settings(JsonSource in) {
        if (location.isPresent()) {
            in.mistake("callParkSettings", "are there twice: take one location at a time");
            return;
        }
        JsonSource at = in.object("callParkSettings").orElse(in);
        Optional<Integer> timeout = Optional.empty();
        Optional<Integer> wait = Optional.empty();
        Optional<String> alertInfo = Optional.empty();
        if (at != in) {
            timeout = at.integer("recallTime")
                    .map(it -> notes.within(at.at("recallTime"), "recallTimeoutSeconds", it, 30, 1_800));
            wait = at.integer("huntWaitTime")
                    .map(it -> notes.within(at.at("huntWaitTime"), "alternateWaitSeconds", it, 5, 600));
            alertInfo = choice(at, "ringPattern", RING_PATTERNS);
            at.noteTheRest(notes);
        }
        Recall who = in.object("callParkRecall").map(this::recall).orElse(nothing(in.at()));
        var said = new RecallSettings(timeout, Optional.empty(), Optional.empty(), Optional.empty(), wait,
                Optional.empty(), Optional.empty(), Optional.empty(), alertInfo, Optional.empty(), Optional.empty());
        location = Optional.of(new Recall(who.at(), who.settings().orElse(said), who.ringGroup()));
    }

    private static Recall nothing(String at) {
        return new Recall(at, RecallSettings.NONE, Optional.empty());
    }

    private Recall recall(JsonSource in) {
        Optional<RecallMode> mode = choice(in, "option", OPTIONS);
        Optional<String> name = in.text("huntGroupName");
        in.skip("huntGroupId");
        if (mode.map(RecallMode::needsRingGroup).orElse(false) && name.isEmpty() && in.has("huntGroupId")) {
            notes.lost(in.at("huntGroupId"), "says nothing to anybody else: add huntGroupName");
        }
        in.noteTheRest(notes);
        var settings = new RecallSettings(Optional.empty(), mode, Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty());
        return new Recall(in.at(), settings, name.filter(it -> !it.isBlank()));
    }

    private static <T> Optional<T> choice(JsonSource in, String name, Map<String, T> values) {
        Optional<String> text = in.text(name);
        if (text.isPresent() && !values.containsKey(text.get())) {
            in.mistake(name, "must be one of " + String.join(", ", values.keySet().stream().sorted().toList()));
        }
        return text.flatMap(it -> Optional.ofNullable(values.get(it)));
    }

    private void callPark(JsonSource in) {
        String name = in.required("name");
        in.skip("id", "locationId");
        in.text("locationName").ifPresent(it -> locationName = Optional.of(it));
        if (!isCallPark(in)) {
            listed.put(in.at(), name);
            in.noteTheRest(notes);
            return;
        }
        if (!groupNames.add(name.toLowerCase(Locale.ROOT))) {
            in.mistake("name", "is there twice");
        }
        Recall recall = in.object("recall").map(this::recall).orElse(nothing(in.at("recall")));
        List<Member> members = members(in);
        in.flag("parkOnAgentsEnabled")
                .filter(enabled -> !enabled)
                .ifPresent(off -> notes.lost(in.at("parkOnAgentsEnabled"), "calls can always be parked against members"
                        + " here"));
        if (in.count("callParkExtensions") > 0) {
            notes.lost(in.at("callParkExtensions"), "park groups have no orbits here: those of callParkExtensions are"
                    + " in the park policy");
        }
        in.noteTheRest(notes);
        groups.add(new Group(in.at(), name, members, recall));
    }

    private List<Member> members(JsonSource in) {
        if (in.holdsTexts("agents")) {
            in.skip("agents");
            notes.lost(in.at("agents"),
                    "are ids, which say nothing to anybody else: take the answer of callParks/{id}");
            return List.of();
        }
        List<Member> members = new ArrayList<>();
        for (JsonSource agent : in.objects("agents")) {
            Optional<Member> member = extension(agent);
            if (member.isEmpty()) {
                notes.lost(agent.at(), "has no extension");
            }
            member.ifPresent(members::add);
        }
        return members;
    }

    private static Optional<Member> extension(JsonSource agent) {
        Optional<Member> first = Optional.empty();
        for (JsonSource number : agent.objects("numbers")) {
            Optional<String> extension = number.text("extension").filter(it -> !it.isEmpty());
            if (extension.isPresent()) {
                var member = new Member(number.at("extension"), extension.get());
                if (number.flag("primary").orElse(false)) {
                    return Optional.of(member);
                }
                first = first.or(() -> Optional.of(member));
            }
        }
        return first;
    }

    private void parkExtension(JsonSource in) {
        numbers.add(in.at("extension"), in.required("extension"));
        in.skip("id", "name", "locationId", "routingPrefix", "esn");
        in.text("locationName").ifPresent(it -> locationName = Optional.of(it));
        in.noteTheRest(notes);
    }

    /** What holds for everybody in the location. */
    private Optional<Policy> policy() {
        if (location.isEmpty() && numbers.isEmpty()) {
            return Optional.empty();
        }
        String name = locationName.map(it -> "Webex " + it).orElse(DEFAULT_NAME);
        Recall recall = location.orElse(nothing(""));
        return Optional.of(new Policy(recall.at(), name, true, true, numbers.orbits(), false, recall));
    }
}
