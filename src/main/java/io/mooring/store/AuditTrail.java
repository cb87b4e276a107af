package io.mooring.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.tenant.TenantJson;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How the audit is kept: a stream, of which one entry may have many changes of one request, because an entry has a price of its own, and while a
 * change is written nobody else has his turn. A change is named by its entry, and by where it stands in it when it is not the first.
 */
public final class AuditTrail {

    /** The form of the id of a change. */
    public static final Pattern ID = Pattern.compile("[0-9]{1,15}-[0-9]{1,10}(\\.[1-9][0-9]{0,3})?");

    /** Entries that are kept, about; fewer when they are large, so that no tenant fills the store. */
    private static final int LENGTH = 10_000;
    private static final int LEAST_LENGTH = 100;
    private static final int CHARACTERS = 8 * 1_024 * 1_024;

    private static final int MOST_CHANGES = 100;
    private static final int MOST_CHARACTERS = CHARACTERS / LEAST_LENGTH;

    private final List<List<String>> entries = new ArrayList<>();
    private int characters;

    /** @param change JSON */
    void add(String change) {
        if (entries.isEmpty()
                || entries.getLast().size() == MOST_CHANGES
                || characters + change.length() > MOST_CHARACTERS) {
            entries.add(new ArrayList<>());
            characters = 0;
        }
        entries.getLast().add(change);
        characters += change.length();
    }

    /** What appends all of them to a stream. */
    List<List<String>> commands(String key) {
        return entries.stream().map(changes -> command(key, changes)).toList();
    }

    private static List<String> command(String key, List<String> changes) {
        int size = changes.stream().mapToInt(String::length).sum();
        int length = Math.clamp(CHARACTERS / Math.max(size, 1), LEAST_LENGTH, LENGTH);
        List<String> command = new ArrayList<>(
                List.of("XADD", key, "MAXLEN", "~", Integer.toString(length), "*"));
        changes.forEach(change -> command.addAll(List.of("entry", change)));
        return command;
    }

    /**
     * The end of a range that ends before a change.
     *
     * @param before id of that change; empty: from the latest
     */
    static String end(String before) {
        if (before.isEmpty()) {
            return "+";
        }
        // Others of its entry may be before it.
        return before.contains(".") ? entry(before) : "(" + before;
    }

    /**
     * Changes of entries of a stream, the latest first.
     *
     * @param before id of the change that the first one comes before; empty: from the latest
     */
    static Map<String, ObjectNode> read(Iterable<Response> entries, String before) {
        Map<String, ObjectNode> found = new LinkedHashMap<>();
        for (Response entry : entries) {
            String id = entry.get(0).toString();
            Response fields = entry.get(1);
            int end = before.contains(".") && id.equals(entry(before)) ? place(before) : fields.size() / 2;
            for (int i = Math.min(end, fields.size() / 2) - 1; i >= 0; i--) {
                found.put(i == 0 ? id : id + "." + i, TenantJson.parse(fields.get(2 * i + 1).toString()));
            }
        }
        return found;
    }

    private static String entry(String change) {
        return change.substring(0, change.indexOf('.'));
    }

    private static int place(String change) {
        return Integer.parseInt(change.substring(change.indexOf('.') + 1));
    }
}
