package io.mooring.api;

import static java.util.stream.Collectors.joining;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import io.mooring.call.NoticeDialect;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Ha1;
import io.mooring.tenant.InvalidValueException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Extensions as CSV [RFC 4180], one a line: number, name, password. A first line that does not begin with a digit names the columns.
 * Everything that is wrong is collected and told at once, by line and column.
 */
final class ExtensionsCsv {

    private static final String EXTENSION = "extension";
    private static final String NAME = "name";
    private static final String PASSWORD = "password";
    private static final String HA1 = "ha1";
    private static final String NOTICES = "notices";
    private static final List<String> KNOWN = List.of(EXTENSION, NAME, PASSWORD, HA1, NOTICES);
    /** As the extensions of the API call it. */
    private static final Map<String, String> SYNONYMS = Map.of("displayname", NAME);
    private static final Map<String, String> COLUMNS_OF_FIELDS = Map.of("displayName", NAME);
    /** Where the library says in its messages which line it was. */
    private static final Pattern BEGINS = Pattern.compile(" ?\\(record starting at line ([0-9]{1,9})\\)");
    /** More errors than anybody reads. */
    private static final int MAX_ERRORS = 100;

    private final String domain;
    private final Map<String, Row> rows = new LinkedHashMap<>();
    private final List<Problem.Error> errors = new ArrayList<>();
    private List<String> columns = List.of(EXTENSION, NAME, PASSWORD);
    private boolean malformed;

    /**
     * A line.
     *
     * @param line where it begins, from 1
     * @param credentials empty when it gives no password
     * @param saysNotices false when it gives no way of telling its phones
     */
    record Row(int line, Extension extension, Optional<Ha1> credentials, boolean saysNotices) {

        /** The extension as it shall be, when it was something before: what is not given stays. */
        Extension over(Extension before) {
            return saysNotices
                    ? extension
                    : new Extension(extension.number(), extension.displayName(), before.notices());
        }
    }

    private ExtensionsCsv(String domain) {
        this.domain = domain;
    }

    /**
     * Reads all lines.
     *
     * @param domain of the tenant, which is a part of each HA1
     * @throws ProblemException {@code INVALID_BODY} or {@code INVALID_VALUE}, with all errors
     */
    static List<Row> read(String text, String domain) {
        var csv = new ExtensionsCsv(domain);
        csv.lines(text);
        if (!csv.errors.isEmpty()) {
            throw new ProblemException(new Problem(
                    csv.malformed ? ProblemType.INVALID_BODY : ProblemType.INVALID_VALUE,
                    csv.errors.subList(0, Math.min(csv.errors.size(), MAX_ERRORS))));
        }
        return List.copyOf(csv.rows.values());
    }

    private void lines(String text) {
        CsvReader<CsvRecord> lines = CsvReader.builder()
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .ofCsvRecord(text);
        int last = 0;
        try {
            for (CsvRecord line : lines) {
                boolean first = last == 0;
                last = (int) line.getStartingLineNumber();
                if (first && !startsWithDigit(line.getField(0))) {
                    heading(line, last);
                } else {
                    line(line, last);
                }
                if (errors.size() >= MAX_ERRORS) {
                    return;
                }
            }
        } catch (CsvParseException e) {
            Matcher at = BEGINS.matcher(String.valueOf(e.getMessage()));
            shape(at.find() ? Integer.parseInt(at.group(1)) : last + 1, "", "is no CSV: " + at.replaceAll(""));
        }
    }

    private static boolean startsWithDigit(String text) {
        return !text.isEmpty() && Character.isDigit(text.strip().isEmpty() ? ' ' : text.strip().charAt(0));
    }

    private void heading(CsvRecord line, int number) {
        columns = line.getFields()
                .stream()
                .map(it -> it.strip().toLowerCase(Locale.ROOT))
                .map(it -> SYNONYMS.getOrDefault(it, it))
                .toList();
        var seen = new HashSet<String>();
        for (String column : columns) {
            if (!KNOWN.contains(column) || !seen.add(column)) {
                shape(number, "", "must begin with an extension, or name columns, each once: "
                        + String.join(", ", KNOWN));
                return;
            }
        }
        if (!seen.contains(EXTENSION)) {
            shape(number, EXTENSION, "is missing");
        }
    }

    private void line(CsvRecord line, int number) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < line.getFieldCount(); i++) {
            String value = line.getField(i);
            if (i < columns.size()) {
                values.put(columns.get(i), value);
            } else if (!value.isBlank()) {
                shape(number, "", "has more values than there are columns");
                return;
            }
        }
        try {
            add(values, number);
        } catch (InvalidValueException e) {
            e.violations()
                    .forEach(it -> value(number, COLUMNS_OF_FIELDS.getOrDefault(it.field(), it.field()), it.detail()));
        }
    }

    private void add(Map<String, String> values, int number) {
        Optional<String> notices = given(values, NOTICES);
        var extension = new Extension(values.getOrDefault(EXTENSION, "").strip(),
                values.getOrDefault(NAME, "").strip(),
                notices.map(ExtensionsCsv::dialect).orElse(NoticeDialect.AUTO));
        Optional<String> password = given(values, PASSWORD);
        Optional<String> ha1 = given(values, HA1);
        if (password.isPresent() && ha1.isPresent()) {
            throw new InvalidValueException(HA1, "give a password or an HA1, not both");
        }
        Optional<Ha1> credentials = ha1.map(Ha1::new)
                .or(() -> password.map(it -> Ha1.of(extension.number(), domain, it)));
        Row before = rows.putIfAbsent(extension.number(), new Row(number, extension, credentials, notices.isPresent()));
        if (before != null) {
            value(number, EXTENSION, "is in line " + before.line + " already");
        }
    }

    private static NoticeDialect dialect(String text) {
        return Arrays.stream(NoticeDialect.values())
                .filter(it -> it.toString().equals(text.strip().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new InvalidValueException(NOTICES, "must be one of "
                        + Arrays.stream(NoticeDialect.values()).map(NoticeDialect::toString).collect(joining(", "))));
    }

    private static Optional<String> given(Map<String, String> values, String column) {
        return Optional.ofNullable(values.get(column)).filter(it -> !it.isEmpty());
    }

    private void shape(int line, String column, String detail) {
        malformed = true;
        value(line, column, detail);
    }

    private void value(int line, String column, String detail) {
        errors.add(Problem.Error.at(line, column, detail));
    }
}
