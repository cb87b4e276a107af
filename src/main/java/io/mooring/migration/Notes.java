package io.mooring.migration;

import io.mooring.migration.Note.Outcome;
import io.mooring.tenant.ParkPolicy.Orbits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Notes on a source, as they are collected. */
final class Notes {

    /** More than anybody reads. */
    private static final int MOST = 1_000;
    private static final int LONGEST_VALUE = 60;

    private final List<Note> list = new ArrayList<>();

    List<Note> list() {
        return List.copyOf(list);
    }

    void addAll(List<Note> notes) {
        notes.forEach(this::add);
    }

    void lost(String at, String detail) {
        add(new Note(at, Outcome.NOT_CARRIED, detail));
    }

    void adjusted(String at, String detail) {
        add(new Note(at, Outcome.ADJUSTED, detail));
    }

    private void add(Note note) {
        if (list.size() < MOST) {
            list.add(note);
        } else if (list.size() == MOST) {
            list.add(new Note(note.at(), Outcome.NOT_CARRIED,
                    "there is more than can be told: see the rest after this"));
        }
    }

    /** The nearest value that is allowed here. */
    int within(String at, String name, int value, int min, int max) {
        int taken = Math.clamp(value, min, max);
        if (taken != value) {
            adjusted(at, name + " is " + min + ".." + max + " here: " + value + " became " + taken);
        }
        return taken;
    }

    /** The part of a range of orbits that is allowed here; empty when there is none. */
    Optional<Orbits> orbits(String startAt, String endAt, int start, int end) {
        if (end < 10 || start > 9_999) {
            lost(startAt, "orbits are 10..9999 here: " + start + " to " + end + " cannot be");
            return Optional.empty();
        }
        return Optional.of(new Orbits(within(startAt, "orbits.start", start, 10, 9_999),
                within(endAt, "orbits.end", end, 10, 9_999)));
    }

    /** A value of a source, as it can be shown in a note. */
    static String shown(String value) {
        String plain = value.codePoints()
                .limit(LONGEST_VALUE)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return plain.length() < value.length() ? plain + "..." : plain;
    }
}
