package io.mooring.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mooring.call.NoticeDialect;
import io.mooring.http.Problem;
import io.mooring.http.ProblemException;
import io.mooring.http.ProblemType;
import io.mooring.tenant.Extension;
import io.mooring.tenant.Ha1;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExtensionsCsvTest {

    private static final String DOMAIN = "acme.example";

    private static List<ExtensionsCsv.Row> read(String text) {
        return ExtensionsCsv.read(text, DOMAIN);
    }

    private static Problem refusal(String text) {
        return catchThrowableOfType(ProblemException.class, () -> read(text)).problem();
    }

    private static ExtensionsCsv.Row row(int line, String number, String name, String password) {
        return new ExtensionsCsv.Row(line, new Extension(number, name),
                password.isEmpty() ? Optional.empty() : Optional.of(Ha1.of(number, DOMAIN, password)),
                false);
    }

    @Test
    void aLineIsAnExtensionWhateverEndsAndQuotesIt() {
        assertThat(read("101,Bob\r\n102,\"Cooper, \"\"Alice\"\"\",secret-102\n\n\"103\",,\n104"))
                .containsExactly(row(1, "101", "Bob", ""), row(2, "102", "Cooper, \"Alice\"", "secret-102"),
                        row(4, "103", "", ""), row(5, "104", "", ""));
        assertThat(read("")).isEmpty();
    }

    @Test
    void aFirstLineWithoutNumberNamesTheColumns() {
        String ha1 = Ha1.of("101", DOMAIN, "secret-101").hex();

        assertThat(read("HA1, extension ,displayName\n" + ha1 + ",101,Bob\n"))
                .containsExactly(row(2, "101", "Bob", "secret-101"));
        assertThat(read("extension\n")).isEmpty();
    }

    @Test
    void howPhonesAreToldIsOneOfFourWaysOrStaysAsItWas() {
        ExtensionsCsv.Row given = read("extension,notices\n101, Park-Info \n").getFirst();
        assertThat(given.extension().notices()).isEqualTo(NoticeDialect.PARK_INFO);
        var before = new Extension("101", "Bob", NoticeDialect.NONE);
        assertThat(given.over(before).notices()).isEqualTo(NoticeDialect.PARK_INFO);
        assertThat(read("101,Rob\n").getFirst().over(before))
                .isEqualTo(new Extension("101", "Rob", NoticeDialect.NONE));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
        "1,                         1, extension, must be 2 to 8 digits",
        "`101\\n102\\n101`,         3, extension, is in line 1 already",
        "`101,Bob,short`,           1, password,  must be 8 to 128 characters",
        "`extension,ha1\\n101,x`,   2, ha1,       must be 32 hexadecimal digits",
        "`extension,password,ha1\\n101,secret-101,0123456789abcdef0123456789abcdef`, 2, ha1, not both",
        "`101,Bob,secret-101,x`,    1, ``,        has more values than there are columns",
        "`number,name\\n101,Bob`,   1, ``,        must begin with an extension",
        "`name,name\\n101,Bob`,     1, ``,        must begin with an extension",
        "`name\\nBob`,              1, extension, is missing",
        "`101\\n102,\"two\\nlines\"`, 2, name,      must be",
        "`101\\n\\n102,\"x\\n`,     3, ``,        is no CSV",
        "`extension,notices\n101,x`, 2, notices, `must be one of auto, message, park-info, none`",
        "`101,\"x\"y`,              1, ``,        is no CSV"})
    void whatIsWrongIsToldByLineAndColumn(String text, int line, String column, String detail) {
        Problem refusal = refusal(text.replace("\\n", "\n"));

        assertThat(refusal.type().status()).isEqualTo(400);
        assertThat(refusal.errors()).first().satisfies(error -> {
            assertThat(error.line()).isEqualTo(line);
            assertThat(error.column()).isEqualTo(column);
            assertThat(error.detail()).startsWith("line " + line).contains(detail);
        });
    }

    @Test
    void allThatIsWrongIsTold() {
        Problem refusal = refusal("101,Bob\nx,\u0007\n2,,short\n");

        assertThat(refusal.type()).isEqualTo(ProblemType.INVALID_VALUE);
        assertThat(refusal.errors()).extracting(it -> it.line() + " " + it.column())
                .containsExactly("2 extension", "3 extension");
        String many = IntStream.range(0, 1_000).mapToObj(i -> "1").collect(Collectors.joining("\n"));
        assertThat(refusal(many).errors()).hasSize(100);
    }
}
