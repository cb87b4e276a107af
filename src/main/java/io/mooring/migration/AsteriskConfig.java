package io.mooring.migration;

import io.mooring.migration.MalformedSourceException.Mistake;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration file of Asterisk, read as Asterisk reads it [asterisk {@code main/config.c}, {@code process_text_line}
 * and {@code config_text_file_load}]: comments ({@code ;} to the end of the line, {@code \;} is none, {@code ;-- --;} over
 * lines), templates ({@code (!)}), inheritance ({@code (base,...)}: the settings that the base has so far, before the own
 * ones), additions ({@code (+)}), and {@code +=}.
 */
final class AsteriskConfig {

    /** Longer lines are skipped. */
    private static final int LONGEST_LINE = 8_190;
    /** Inheritance can multiply settings without end. */
    private static final int MOST_SETTINGS = 100_000;
    private static final int MOST_SECTIONS = 10_000;

    private final Notes notes;
    private final List<Section> sections = new ArrayList<>();
    private final Map<String, List<Section>> byName = new HashMap<>();
    private Optional<Section> current = Optional.empty();
    private int settings;
    private int comments;

    /**
     * A line {@code name = value}.
     *
     * @param line where it stands, from 1
     */
    record Setting(String name, String value, int line) {}

    /** What stands below a {@code [name]}. */
    static final class Section {
        private final String name;
        private final int line;
        private final List<Setting> settings = new ArrayList<>();
        /** Index of the last setting of each name. */
        private final Map<String, Integer> last = new HashMap<>();
        private boolean template;

        Section(String name, int line) {
            this.name = name;
            this.line = line;
        }

        String name() {
            return name;
        }

        int line() {
            return line;
        }

        List<Setting> settings() {
            return settings;
        }

        boolean isTemplate() {
            return template;
        }

        private void add(Setting setting) {
            last.put(setting.name, settings.size());
            settings.add(setting);
        }
    }

    private AsteriskConfig(Notes notes) {
        this.notes = notes;
    }

    /**
     * All sections in their order, templates too.
     *
     * @throws MalformedSourceException for what makes Asterisk refuse the file
     */
    static List<Section> read(String text, Notes notes) {
        var config = new AsteriskConfig(notes);
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (line.length() > LONGEST_LINE) {
                notes.lost(at(number), "the line is too long: Asterisk skips it too");
            } else {
                config.line(config.withoutComments(line).strip(), number);
            }
        }
        if (config.comments > 0) {
            notes.lost(at(number), "a comment that begins with ;-- does not end");
        }
        return config.sections;
    }

    static String at(int line) {
        return "line " + line;
    }

    static MalformedSourceException mistake(int line, String detail) {
        return new MalformedSourceException(List.of(new Mistake("", at(line) + ": " + detail)));
    }

    private String withoutComments(String line) {
        var kept = new StringBuilder();
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i);
            if (comments > 0 && line.startsWith("--;", i)) {
                comments--;
                i += 3;
            } else if (line.startsWith(";--", i) && !line.startsWith(";---", i)) {
                comments++;
                i += 3;
            } else if (comments > 0) {
                i++;
            } else if (line.startsWith("\\;", i)) {
                kept.append(';');
                i += 2;
            } else if (c == ';') {
                break;
            } else {
                kept.append(c);
                i++;
            }
        }
        return kept.toString();
    }

    private void line(String line, int number) {
        if (line.isEmpty()) {
            return;
        }
        switch (line.charAt(0)) {
            case '[' -> header(line, number);
            case '#' -> notes.lost(at(number), Notes.shown(line) + ": other files are not read; import them too");
            default -> setting(line.startsWith("\\") ? line.substring(1) : line, number);
        }
    }

    private void header(String line, int number) {
        int end = line.indexOf(']');
        if (end < 0) {
            throw mistake(number, "there is no ]");
        }
        var section = new Section(line.substring(1, end), number);
        boolean added = false;
        if (line.startsWith("(", end + 1)) {
            int close = line.indexOf(')', end);
            if (close < 0) {
                throw mistake(number, "there is no )");
            }
            for (String option : line.substring(end + 2, close).split(",", -1)) {
                if (option.equals("!")) {
                    section.template = true;
                } else if (option.startsWith("+")) {
                    section = addTo(section, option.substring(1), number);
                    added = true;
                } else if (!option.isEmpty() || line.substring(end + 2, close).contains(",")) {
                    inherit(section, option, number);
                }
            }
        }
        if (!added) {
            sections.add(section);
            byName.computeIfAbsent(section.name.toLowerCase(Locale.ROOT), it -> new ArrayList<>()).add(section);
            if (sections.size() > MOST_SECTIONS) {
                throw mistake(number, "there are more than " + MOST_SECTIONS + " sections");
            }
        }
        current = Optional.of(section);
    }

    private Section addTo(Section addition, String filter, int number) {
        boolean templates = filter.strip().equalsIgnoreCase("TEMPLATES=include");
        if (!filter.isEmpty() && !templates) {
            throw mistake(number, "(+" + Notes.shown(filter) + ") is not known here: only TEMPLATES=include is");
        }
        Section found = find(addition.name, templates).orElseThrow(() -> mistake(number,
                "there is no section " + Notes.shown(addition.name) + " above that something could be added to"));
        found.template |= addition.template;
        addition.settings.forEach(found::add);
        return found;
    }

    private void inherit(Section section, String base, int number) {
        Section from = find(base, true).orElseThrow(() -> mistake(number,
                "there is no section " + Notes.shown(base) + " above to inherit from"));
        count(number);
        for (Setting setting : List.copyOf(from.settings)) {
            add(section, setting, number);
        }
    }

    private void add(Section section, Setting setting, int number) {
        count(number);
        section.add(setting);
    }

    private void count(int number) {
        if (++settings > MOST_SETTINGS) {
            throw mistake(number, "with what is inherited there are more than " + MOST_SETTINGS + " settings");
        }
    }

    private Optional<Section> find(String name, boolean templates) {
        return byName.getOrDefault(name.toLowerCase(Locale.ROOT), List.of())
                .stream()
                .filter(it -> templates || !it.template)
                .findFirst();
    }

    private void setting(String line, int number) {
        Section section = current.orElseThrow(() -> mistake(number, "there is no [section] above"));
        int equals = line.indexOf('=');
        if (equals < 0) {
            notes.lost(at(number), "there is no = in it");
            return;
        }
        boolean append = equals > 0 && line.charAt(equals - 1) == '+';
        String name = line.substring(0, append ? equals - 1 : equals).strip();
        String value = line.substring(equals + 1);
        if (append && section.last.containsKey(name)) {
            append(section, section.last.getOrDefault(name, 0), value, number);
            return;
        }
        if (!append && value.startsWith(">")) {
            value = value.substring(1);
        }
        if (name.isEmpty()) {
            notes.lost(at(number), "there is no name before the =");
        } else {
            add(section, new Setting(name, value.strip(), number), number);
        }
    }

    private static void append(Section section, int index, String value, int number) {
        Setting earlier = section.settings.get(index);
        String whole = (earlier.value + value).strip();
        if (whole.length() > LONGEST_LINE) {
            throw mistake(number, "with this the value has more than " + LONGEST_LINE + " characters");
        }
        section.settings.set(index, new Setting(earlier.name, whole, number));
    }
}
