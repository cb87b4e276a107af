package io.mooring.sound;

import io.mooring.call.Places;
import io.mooring.call.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The words that announcements are made of. A tenant's sound {@code prompt-<name>} takes the place of the word of that name:
 * {@code parked-at}, {@code parked-for-group}, {@code enter-pin}, {@code 0} to {@code 9}, and the names of the refusals that are spoken.
 */
final class Prompts {
    /** What the id of a tenant's own prompt begins with. */
    static final String PREFIX = "prompt-";
    /** The one language there is yet; another one is another directory. */
    static final String LANGUAGE = "en";

    private static final String PARKED_AT = "parked-at";
    private static final String PARKED_FOR_GROUP = "parked-for-group";
    private static final String ENTER_PIN = "enter-pin";
    private static final List<String> NAMES = Stream
            .concat(Stream.of(PARKED_AT, PARKED_FOR_GROUP, ENTER_PIN, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
                    Stream.of(Refusal.values()).filter(Refusal::isSpoken).map(Refusal::slug))
            .toList();

    private final Map<String, byte[]> words = new LinkedHashMap<>();

    /** Reads the words of a language. */
    Prompts(String language) {
        for (String name : NAMES) {
            words.put(name, resource("/prompts/" + language + "/" + name + ".wav"));
        }
    }

    private static byte[] resource(String path) {
        try (InputStream in = Prompts.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + path);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The words that ask for a PIN. */
    static List<String> forPin(boolean again) {
        return again ? List.of(Refusal.WRONG_PIN.slug(), ENTER_PIN) : List.of(ENTER_PIN);
    }

    /** A word, as a WAV file. */
    byte[] word(String name) {
        return words.getOrDefault(name, new byte[0]);
    }

    /** The words that tell where a call will be parked, digit by digit. */
    static List<String> of(String place) {
        String number = Places.number(place);
        if (number.isEmpty()) {
            return List.of(PARKED_FOR_GROUP);
        }
        var names = new ArrayList<>(List.of(PARKED_AT));
        number.chars().filter(Character::isDigit).forEach(digit -> names.add(Character.toString(digit)));
        return names;
    }
}
