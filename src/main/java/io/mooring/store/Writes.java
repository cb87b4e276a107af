package io.mooring.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Commands to Redis, in an order that does the same as the order in which they came: those of one key stay in it. What is written to one key
 * becomes one command, because a command has a price of its own, whatever it brings, and while they are carried out nobody else has his turn.
 */
final class Writes {

    /** What a command takes more of at once [Redis: HSET, ZADD, HDEL, ZREM]. */
    private static final Set<String> TAKE_MORE = Set.of("HSET", "ZADD", "HDEL", "ZREM");
    /** Lua takes 8,000 arguments at the most (LUAI_MAXCSTACK). */
    private static final int MOST_ARGUMENTS = 1_000;

    private final List<List<String>> commands = new ArrayList<>();
    /** The last command of each key. */
    private final Map<String, List<String>> last = new HashMap<>();

    /** @param command its name, its key, and what else it takes; with DEL everything is a key */
    void add(String... command) {
        String key = command[1];
        List<String> before = last.get(key);
        if (before != null && takes(before, command)) {
            before.addAll(List.of(command).subList(2, command.length));
            return;
        }
        List<String> added = new ArrayList<>(List.of(command));
        commands.add(added);
        if (command[0].equals("DEL")) {
            added.subList(1, added.size()).forEach(last::remove);
        } else {
            last.put(key, added);
        }
    }

    private static boolean takes(List<String> before, String... command) {
        return TAKE_MORE.contains(command[0])
                && before.getFirst().equals(command[0])
                && before.size() + command.length <= MOST_ARGUMENTS;
    }

    List<List<String>> commands() {
        return commands;
    }

    void clear() {
        commands.clear();
        last.clear();
    }
}
