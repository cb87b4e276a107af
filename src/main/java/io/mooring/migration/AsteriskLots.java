package io.mooring.migration;

import io.mooring.migration.AsteriskConfig.Section;
import io.mooring.migration.AsteriskConfig.Setting;
import io.mooring.migration.MalformedSourceException.Mistake;
import io.mooring.migration.Migration.Policy;
import io.mooring.migration.Migration.Recall;
import io.mooring.tenant.ParkPolicy.Orbits;
import io.mooring.tenant.RecallMode;
import io.mooring.tenant.RecallSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parking lots of Asterisk, as {@code res_parking.conf} has them [asterisk {@code res/res_parking.c}]. */
public final class AsteriskLots {

    private static final String GENERAL = "general";
    /** The lot that is used where none is named. */
    private static final String DEFAULT = "default";
    private static final Pattern RANGE = Pattern.compile("\\s*\\+?([0-9]{1,9})-\\s*\\+?([0-9]{1,9}).*");
    private static final Setting POSITIONS = new Setting("parkpos", "701-750", 0);
    private static final int PARKING_SECONDS = 45;
    private static final int COMEBACK_SECONDS = 30;
    /** What {@code ast_true} takes for true. */
    private static final Set<String> TRUE = Set.of("yes", "true", "y", "t", "1", "on");
    private static final String NO_DIALPLAN = "there is no dialplan here";
    private static final String NO_DTMF = "phones transfer, park and hang up by themselves here, not by digits";
    private static final Map<String, String> NO_COUNTERPART = Map.ofEntries(
            Map.entry("parkeddynamic", "lots are not made by calls here"),
            Map.entry("context", NO_DIALPLAN + ": every user of the tenant can dial an orbit"),
            Map.entry("comebackcontext", NO_DIALPLAN),
            Map.entry("parkext_exclusive", NO_DIALPLAN),
            Map.entry("parkinghints", "the lamp of an orbit is no setting of a policy here"),
            Map.entry("courtesytone", "no tone is played when a call is retrieved"),
            Map.entry("parkedplay", "no tone is played when a call is retrieved"),
            Map.entry("parkedmusicclass", "the music itself is not in this file"),
            Map.entry("parkedcalltransfers", NO_DTMF),
            Map.entry("parkedcallreparking", NO_DTMF),
            Map.entry("parkedcallhangup", NO_DTMF),
            Map.entry("parkedcallrecording", "calls are not recorded here"));

    private final Notes notes = new Notes();
    private final List<Mistake> mistakes = new ArrayList<>();

    /** A lot, and its settings: of those with one name, the last one counts. */
    private record Lot(String name, int line, Map<String, Setting> settings) {}

    private AsteriskLots() {}

    /**
     * Reads the whole file.
     *
     * @throws MalformedSourceException for what makes Asterisk refuse the file
     */
    public static Migration read(String text) {
        return new AsteriskLots().migration(text);
    }

    private Migration migration(String text) {
        Map<String, Lot> lots = new LinkedHashMap<>();
        for (Section section : AsteriskConfig.read(text, notes)) {
            if (section.isTemplate()) {
                continue;
            }
            if (section.name().equalsIgnoreCase(GENERAL)) {
                section.settings().forEach(setting -> unmatched(GENERAL, setting));
                continue;
            }
            Lot lot = lots.computeIfAbsent(section.name().toLowerCase(Locale.ROOT),
                    it -> new Lot(section.name(), section.line(), new LinkedHashMap<>()));
            section.settings().forEach(it -> lot.settings.put(it.name().toLowerCase(Locale.ROOT), it));
        }
        if (lots.isEmpty()) {
            throw new MalformedSourceException(List.of(new Mistake("", "there is no parking lot in it")));
        }
        if (lots.size() > Migration.MOST_THINGS) {
            throw new MalformedSourceException(
                    List.of(new Mistake("", "there are more than " + Migration.MOST_THINGS + " parking lots")));
        }
        List<Policy> policies = lots.values().stream().map(this::policy).toList();
        if (!mistakes.isEmpty()) {
            throw new MalformedSourceException(mistakes.subList(0, Math.min(mistakes.size(), 100)));
        }
        noteSharedNumbers(policies);
        return new Migration(policies, List.of(), notes.list());
    }

    private Policy policy(Lot lot) {
        Map<String, Setting> rest = new LinkedHashMap<>(lot.settings);
        String at = AsteriskConfig.at(lot.line);
        Optional<Orbits> orbits = orbits(lot, take(rest, "parkpos").orElse(POSITIONS));
        Optional<Setting> parkext = take(rest, "parkext").filter(it -> !it.value().isEmpty());
        parkext.ifPresent(it -> notes.lost(AsteriskConfig.at(it.line()), "a call is parked with the tenant's feature"
                + " codes here, not by dialling " + Notes.shown(it.value())));
        int timeout = number(take(rest, "parkingtime"), PARKING_SECONDS, "recallTimeoutSeconds", 30, 1_800, at);
        int ring = number(take(rest, "comebackdialtime"), COMEBACK_SECONDS, "ringSeconds", 5, 120, at);
        take(rest, "comebacktoorigin").filter(it -> !isTrue(it))
                .ifPresent(it -> notes.adjusted(AsteriskConfig.at(it.line()), NO_DIALPLAN
                        + " to send the call to: the parker is rung"));
        take(rest, "findslot").ifPresent(this::findSlot);
        rest.values().forEach(setting -> unmatched(lot.name, setting));
        var recall = new RecallSettings(Optional.of(timeout), Optional.of(RecallMode.PARKER), Optional.empty(),
                Optional.of(ring), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty());
        return new Policy(at, lot.name, lot.name.equalsIgnoreCase(DEFAULT), true, orbits, parkext.isPresent(),
                new Recall(at, recall, Optional.empty()));
    }

    private static Optional<Setting> take(Map<String, Setting> settings, String name) {
        return Optional.ofNullable(settings.remove(name));
    }

    private void mistake(Setting setting, String detail) {
        mistakes.add(new Mistake("", AsteriskConfig.at(setting.line()) + ": " + setting.name() + " " + detail));
    }

    private Optional<Orbits> orbits(Lot lot, Setting positions) {
        // As sscanf("%d-%d") reads it: what comes behind does not matter.
        Matcher range = RANGE.matcher(positions.value());
        if (!range.matches()) {
            mistake(positions, "must be two numbers, such as 701-720");
            return Optional.empty();
        }
        int start = Integer.parseInt(range.group(1));
        int end = Integer.parseInt(range.group(2));
        if (start < 1 || end < start) {
            mistake(positions, "must be a range that does not end before it begins");
            return Optional.empty();
        }
        String at = AsteriskConfig.at(positions.line() == 0 ? lot.line : positions.line());
        return notes.orbits(at, at, start, end);
    }

    private int number(Optional<Setting> setting, int fallback, String name, int min, int max, String lot) {
        if (setting.isEmpty()) {
            return notes.within(lot, name, fallback, min, max);
        }
        String value = setting.get().value();
        if (!value.matches("[0-9]{1,9}")) {
            mistake(setting.get(), "must be a whole number of seconds");
            return fallback;
        }
        return notes.within(AsteriskConfig.at(setting.get().line()), name, Integer.parseInt(value), min, max);
    }

    private static boolean isTrue(Setting setting) {
        return TRUE.contains(setting.value().toLowerCase(Locale.ROOT));
    }

    private void findSlot(Setting setting) {
        switch (setting.value()) {
            case "next" -> {}
            case "first" -> notes.lost(AsteriskConfig.at(setting.line()), "here the next orbit is always taken, not the"
                    + " lowest one: a number is not used again at once");
            default -> mistake(setting, "must be first or next");
        }
    }

    private void unmatched(String section, Setting setting) {
        String why = NO_COUNTERPART.getOrDefault(setting.name().toLowerCase(Locale.ROOT),
                "Asterisk does not know it in res_parking.conf");
        notes.lost(AsteriskConfig.at(setting.line()), Notes.shown(setting.name()) + " of " + Notes.shown(section) + ": "
                + why);
    }

    /** Lots in different contexts may have the same numbers; a tenant has each number once. */
    private void noteSharedNumbers(List<Policy> policies) {
        List<Policy> sorted = policies.stream()
                .filter(it -> it.orbits().isPresent())
                .sorted((a, b) -> Integer.compare(start(a), start(b)))
                .toList();
        Optional<Policy> reaching = Optional.empty();
        for (Policy policy : sorted) {
            Optional<Policy> before = reaching.filter(it -> end(it) >= start(policy));
            before.ifPresent(it -> notes.adjusted(policy.at(), "has numbers of " + Notes.shown(it.name())
                    + ": a number is one place in the tenant, whoever parks there"));
            if (reaching.isEmpty() || end(policy) > end(reaching.get())) {
                reaching = Optional.of(policy);
            }
        }
    }

    private static int start(Policy policy) {
        return policy.orbits().map(Orbits::start).orElse(0);
    }

    private static int end(Policy policy) {
        return policy.orbits().map(Orbits::end).orElse(0);
    }
}
