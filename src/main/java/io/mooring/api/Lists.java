package io.mooring.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.store.ConfigStore;
import io.mooring.store.Item;
import io.mooring.store.Kind;
import io.mooring.store.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Lists, a page at a time, in the order of the ids. */
final class Lists {

    /** How many entries are read for a filter at once. */
    private static final int CHUNK = 1_000;

    private Lists() {}

    /**
     * A page.
     *
     * @param wanted the filter
     * @param view how an entry is shown
     */
    static ApiResponse page(ApiRequest request, ConfigStore store, Scope scope, Kind kind, Predicate<Item> wanted,
            Function<List<Item>, List<ObjectNode>> view) {
        int limit = request.limit();
        String after = request.after();
        int size = request.isFiltered() ? CHUNK : limit + 1;
        List<Item> found = new ArrayList<>();
        while (found.size() <= limit) {
            List<Item> chunk = store.list(scope, kind, after, size);
            chunk.stream().filter(wanted).forEach(found::add);
            if (chunk.size() < size) {
                break;
            }
            after = chunk.getLast().id();
        }
        boolean more = found.size() > limit;
        List<Item> page = found.subList(0, Math.min(limit, found.size()));
        return ApiResponse.page(view.apply(page), more ? page.getLast().id() : "");
    }

    /** A filter on text that a field holds, whatever its case; without a filter everything passes. */
    static Predicate<Item> contains(Optional<String> text, String field) {
        Optional<String> wanted = text.map(it -> it.toLowerCase(Locale.ROOT));
        return item -> wanted
                .map(it -> item.json().path(field).asText().toLowerCase(Locale.ROOT).contains(it))
                .orElse(true);
    }

    /** A filter on the value of a field. */
    static Predicate<Item> equal(Optional<String> text, String field) {
        return item -> text.map(it -> item.json().path(field).asText().equals(it)).orElse(true);
    }

    /** A filter on an element of a list. */
    static Predicate<Item> holds(Optional<String> text, String field) {
        return item -> text.map(it -> {
            for (var element : item.json().path(field)) {
                if (element.asText().equals(it)) {
                    return true;
                }
            }
            return false;
        }).orElse(true);
    }
}
