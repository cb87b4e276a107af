package io.mooring.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.mooring.edge.EdgeAction;
import io.mooring.edge.UnavailableException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActionsJsonTest {
    private static final String TEXT = "quoted \"x\" \\ é \ud83d\ude00\r\n\t\0";

    static Stream<EdgeAction> actions() {
        return Stream.of(
                new EdgeAction.Reply("1:2", 486, TEXT, "tag", TEXT, TEXT),
                new EdgeAction.Reply("", 100, "", "", "", ""),
                new EdgeAction.Send("NOTIFY", "sip:a", "sip:b", "udp:1.2.3.4:5060", TEXT, TEXT),
                new EdgeAction.Own("dialog", "acme.example/x"),
                new EdgeAction.Disown(TEXT),
                new EdgeAction.Cancel("dialog", (1L << 31) - 1),
                new EdgeAction.Raw("sip:a", TEXT));
    }

    @ParameterizedTest
    @MethodSource("actions")
    void readsWhatItWrote(EdgeAction action) {
        assertThat(ActionsJson.read(ActionsJson.write(List.of(action)))).containsExactly(action);
    }

    @Test
    void keepsTheOrder() {
        List<EdgeAction> all = actions().toList();
        assertThat(ActionsJson.read(ActionsJson.write(all))).isEqualTo(all);
        assertThat(ActionsJson.read(ActionsJson.write(List.of()))).isEmpty();
    }

    @Test
    void isTestedForEveryAction() {
        assertThat(actions().map(Object::getClass).distinct().map(Class::getSimpleName).sorted().toList()).isEqualTo(
                Arrays.stream(EdgeAction.class.getPermittedSubclasses()).map(Class::getSimpleName).sorted().toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[{\"do\": \"dance\"}]", "[{}]"})
    void areLeftToAnotherNodeWhenTheyCannotBeRead(String json) {
        assertThatExceptionOfType(UnavailableException.class).isThrownBy(() -> ActionsJson.read(json));
    }
}
