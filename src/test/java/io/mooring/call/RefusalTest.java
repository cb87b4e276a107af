package io.mooring.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of refusals in the documentation is the one in the code. */
class RefusalTest {

    private static List<String> documented() throws IOException {
        return Files.readAllLines(Path.of("docs/refusals.md"))
                .stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> String.join("|", Arrays.copyOfRange(line.split("\\|"), 1, 4)).replace(" | ", "|").strip())
                .toList();
    }

    @Test
    void theTableHasEveryRefusalOnceInTheirOrder() throws IOException {
        assertThat(documented()).containsExactlyElementsOf(Arrays.stream(Refusal.values())
                .map(it -> "`" + it.slug() + "`|" + it.status() + "|" + it.text())
                .toList());
    }

    /** One prompt a refusal, and none for one that is not spoken. */
    @ParameterizedTest
    @EnumSource(Refusal.class)
    void whatIsSpokenHasAPrompt(Refusal refusal) throws IOException {
        assertThat(Files.readAllLines(Path.of("docs/refusals.md")))
                .filteredOn(line -> line.startsWith("| `" + refusal.slug() + "`"))
                .singleElement()
                .asString()
                .endsWith(refusal.isSpoken() ? "| yes |" : "| |");
        assertThat(Files.exists(Path.of("media/prompts/en", refusal.slug() + ".wav"))).isEqualTo(refusal.isSpoken());
    }

    /** A text is quoted in a header: it holds nothing that ends the quotation, or the header. */
    @ParameterizedTest
    @EnumSource(Refusal.class)
    void aTextMayStandInAHeader(Refusal refusal) {
        assertThat(refusal.text()).matches("[A-Za-z0-9 ,-]{3,60}");
        assertThat(refusal.status()).isBetween(400, 599);
    }
}
