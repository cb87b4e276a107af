package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.call.CallEvent;
import io.mooring.call.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console says everything in English and in Chinese. */
class ConsoleWordsTest {
    private static final Path FOLDER = Path.of("src/main/resources/console");
    private static final Pattern USED = Pattern.compile("(?<![\\w.])(?:t|column|tile)\\(\"([^\"]+)\"");
    private static final Pattern VALUE = Pattern.compile("\\{\\w+}");
    private static final Pattern CHINESE = Pattern.compile("\\p{IsHan}");
    /** The same in both. */
    private static final Set<String> UNTRANSLATED = Set.of("field.recall.alertInfo", "other-language");

    private static Map<String, String> words(String language) {
        try {
            return new ObjectMapper().readValue(FOLDER.resolve(language + ".json").toFile(), new TypeReference<>() {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> scripts() throws IOException {
        return Files.list(FOLDER).filter(file -> file.toString().endsWith(".js"));
    }

    private static Set<String> values(String text) {
        return VALUE.matcher(text).results().map(it -> it.group()).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void bothLanguagesHaveTheSameKeys() {
        assertThat(words("zh").keySet()).containsExactlyElementsOf(words("en").keySet());
    }

    @Test
    void nothingIsLeftInEnglishAndNoValueIsLost() {
        var chinese = words("zh");
        words("en").forEach((key, english) -> {
            assertThat(values(chinese.get(key))).as(key).isEqualTo(values(english));
            if (!UNTRANSLATED.contains(key)) {
                assertThat(chinese.get(key)).as(key).containsPattern(CHINESE);
                assertThat(english).as(key).doesNotContainPattern(CHINESE);
            }
        });
    }

    @Test
    void everythingThatIsSaidIsThere() throws IOException {
        var used = new TreeSet<String>();
        for (Path script : scripts().toList()) {
            USED.matcher(Files.readString(script)).results().map(it -> it.group(1)).forEach(used::add);
        }
        assertThat(used).hasSizeGreaterThan(50);
        assertThat(words("en").keySet()).containsAll(used);
    }

    @Test
    void everyEventHasItsWords() {
        Stream<String> keys = Arrays.stream(CallEvent.Type.values())
                .flatMap(type -> Stream.of("event." + type.slug(), "event." + type.slug() + ".text"));
        assertThat(words("en").keySet()).containsAll(keys.toList());
    }

    /** So that a person learns why a caller hung up on the wrong code. */
    @ParameterizedTest
    @ValueSource(strings = {"NOTHING_PARKED", "RETRIEVAL_NOT_ALLOWED", "PLACE_TAKEN", "RANGE_FULL", "PARKING_OFF",
        "WRONG_PIN", "NOT_PICKED_UP"})
    void reasonsAreToldInWords(Refusal refusal) {
        assertThat(words("en")).containsKey("reason." + refusal.slug());
    }

    /** Text of the network is never made into elements, and nothing comes from elsewhere. */
    @Test
    void noScriptMakesMarkupOfText() throws IOException {
        for (Path file : Files.list(FOLDER).filter(it -> !it.toString().endsWith(".svg")).toList()) {
            String text = Files.readString(file);
            assertThat(text.replace("http://www.w3.org/2000/svg", "")).as(file.toString())
                    .doesNotContainPattern(
                            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|https?://");
        }
    }
}
