package io.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.call.Watch;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What calls and subscriptions are made of, compared with what was agreed upon for this version ({@code src/test/resources/records}): a node of the
 * release before must be able to go on with what this one has written.
 *
 * <p>When this fails: a field that was added to {@link Call}, {@link Leg} or {@link Watch}, and that may be kept by a node which does not know it, is
 * added to the file. Anything else needs the next {@link Call#VERSION}, with a file of its own, and is written with that version by those calls that
 * cannot do without it.
 */
class RecordShapeTest {
    /** Within a version these may get fields. */
    private static final Set<Class<?>> OPEN = Set.of(Call.class, Leg.class, Watch.class);

    @Test
    void isWhatWasAgreedUponForThisVersion() throws IOException {
        var shapes = new TreeMap<String, String>();
        OPEN.forEach(type -> describe(type, shapes));
        var lines = shapes.entrySet().stream().map(e -> e.getKey() + ": " + e.getValue()).toList();
        assertThat(lines)
                .isEqualTo(Files.readAllLines(Path.of("src/test/resources/records/v" + Call.VERSION + ".txt")));
    }

    @Test
    void whatMayGetFieldsKeepsThoseItDoesNotKnow() throws NoSuchFieldException {
        for (Class<?> type : OPEN) {
            assertThat(type.getField("unknown").getType()).isEqualTo(Map.class);
        }
    }

    private static void describe(Type type, Map<String, String> shapes) {
        if (type instanceof ParameterizedType generic) {
            Arrays.stream(generic.getActualTypeArguments()).forEach(argument -> describe(argument, shapes));
        } else if (type instanceof Class<?> plain && plain.getName().startsWith("io.mooring.")
                && !shapes.containsKey(name(plain))) {
            shapes.put(name(plain), "");
            List<Type> within = new ArrayList<>();
            shapes.put(name(plain), plain.isEnum() ? constants(plain) : fields(plain, within));
            within.forEach(part -> describe(part, shapes));
        }
    }

    private static String constants(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> ((Enum<?>) constant).name())
                .sorted()
                .collect(Collectors.joining(" | "));
    }

    private static String fields(Class<?> type, List<Type> within) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()) && !field.getName().equals("unknown"))
                .peek(field -> within.add(field.getGenericType()))
                .map(RecordShapeTest::field)
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static String field(Field field) {
        return field.getName() + " " + name(field.getGenericType());
    }

    private static String name(Type type) {
        return type.getTypeName().replaceAll("(?:[a-z]+\\.)+", "").replace('$', '.');
    }
}
