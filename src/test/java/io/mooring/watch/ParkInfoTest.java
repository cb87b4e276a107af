package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.dialog.ParkNotice;
import io.mooring.sip.NameAddr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ParkInfoTest {
    private static final Shown CAROL = new Shown("3kXr0aZk", "*8871",
            Optional.of(NameAddr.parse("\"Carol\" <sip:carol@carrier.example>")));

    private static String body(ParkNotice.What what, Shown shown) {
        var call = new Call();
        call.id = "3kXr0aZk";
        call.tenant = "acme.example";
        call.parker = "101";
        call.epoch = what == ParkNotice.What.PARKED ? 2 : 5;
        var leg = new Leg();
        leg.socket = "udp:127.0.0.1:5060";
        return ParkInfo.of(new ParkNotice(what, leg, List.of("102"), "orbit:71"), call, shown, "102", "").body();
    }

    @Test
    void theBodiesAreThoseOfTheDocumentation() throws IOException {
        String documented = Files.readString(Path.of("docs/lamps.md"));
        String parked = body(ParkNotice.What.PARKED, CAROL);
        assertThat(parked).isEqualTo("""
                Call: 3kXr0aZk
                Version: 2
                State: parked
                Retrieve: sip:*8871@acme.example
                Parked-By: sip:101@acme.example
                Caller: "Carol" <sip:carol@carrier.example>
                """.replace("\n", "\r\n"));
        String gone = body(ParkNotice.What.GONE, CAROL);
        assertThat(gone).isEqualTo("""
                Call: 3kXr0aZk
                Version: 5
                State: gone
                Retrieve: sip:*8871@acme.example
                """.replace("\n", "\r\n"));
        assertThat(documented).contains(parked.replace("\r\n", "\n"), gone.replace("\r\n", "\n"));
    }

    @Test
    void whoMayNotKnowTheCallerDoesNot() {
        assertThat(body(ParkNotice.What.STILL_WAITING, new Shown("3kXr0aZk", "*8871", Optional.empty())))
                .contains("State: waiting\r\n")
                .doesNotContain("Caller");
    }

    /** A code of a tenant may have a hash, a user part may not [RFC 3261 25.1]. */
    @Test
    void aHashIsEscaped() {
        assertThat(body(ParkNotice.What.GONE, new Shown("3kXr0aZk", "#8871", Optional.empty())))
                .contains("Retrieve: sip:%238871@acme.example\r\n");
    }
}
