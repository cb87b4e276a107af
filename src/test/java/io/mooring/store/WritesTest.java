package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class WritesTest {
    private final Writes writes = new Writes();

    @Test
    void whatIsWrittenToOneKeyIsOneCommand() {
        writes.add("HSET", "a", "1", "x");
        writes.add("ZADD", "b", "0", "1");
        writes.add("HSET", "a", "2", "y");
        writes.add("ZADD", "b", "0", "2");
        assertThat(writes.commands()).containsExactly(List.of("HSET", "a", "1", "x", "2", "y"),
                List.of("ZADD", "b", "0", "1", "0", "2"));
    }

    @Test
    void whatComesAfterADeletionStaysAfterIt() {
        writes.add("HSET", "a", "1", "x");
        writes.add("DEL", "b", "a");
        writes.add("HSET", "a", "2", "y");
        assertThat(writes.commands()).hasSize(3);
    }

    @Test
    void whatTakesNoMoreStaysAlone() {
        writes.add("XADD", "a", "MAXLEN", "~", "10", "*", "entry", "x");
        writes.add("XADD", "a", "MAXLEN", "~", "10", "*", "entry", "y");
        assertThat(writes.commands()).hasSize(2);
    }

    @Test
    void noCommandIsLongerThanAScriptTakes() {
        for (int i = 0; i < 10_000; i++) {
            writes.add("HSET", "a", "" + i, "x");
        }
        assertThat(writes.commands()).hasSizeBetween(20, 22).allSatisfy(it -> assertThat(it).hasSizeLessThan(1_001));
    }

    @Test
    void aDraftThatWasTakenBackHasNothing() {
        writes.add("HSET", "a", "1", "x");
        writes.clear();
        writes.add("HSET", "a", "2", "y");
        assertThat(writes.commands()).containsExactly(List.of("HSET", "a", "2", "y"));
    }

    @Test
    void theyDoTheSameAsOneByOne() {
        for (int seed = 0; seed < 500; seed++) {
            var random = new Random(seed);
            var together = new Writes();
            List<List<String>> one = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                String key = "k" + random.nextInt(3);
                String field = "f" + random.nextInt(4);
                var command = switch (random.nextInt(4)) {
                    case 0 -> List.of("HDEL", key, field);
                    case 1 -> random.nextInt(5) == 0
                            ? List.of("DEL", key, "k" + random.nextInt(3))
                            : List.of("HDEL", key, field);
                    default -> List.of("HSET", key, field, "v" + i);
                };
                one.add(command);
                together.add(command.toArray(String[]::new));
            }
            assertThat(outcome(together.commands())).as("seed " + seed).isEqualTo(outcome(one));
        }
    }

    private static Map<String, Map<String, String>> outcome(List<List<String>> commands) {
        Map<String, Map<String, String>> store = new TreeMap<>();
        for (var command : commands) {
            var rest = command.subList(2, command.size());
            var hash = store.computeIfAbsent(command.get(1), it -> new TreeMap<>());
            switch (command.getFirst()) {
                case "HSET" -> {
                    for (int i = 0; i < rest.size(); i += 2) {
                        hash.put(rest.get(i), rest.get(i + 1));
                    }
                }
                case "HDEL" -> rest.forEach(hash::remove);
                case "DEL" -> command.subList(1, command.size()).forEach(key -> store.put(key, new TreeMap<>()));
                default -> throw new AssertionError(command);
            }
        }
        store.values().removeIf(Map::isEmpty);
        return store;
    }
}
