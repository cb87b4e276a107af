package io.mooring.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.call.EventPackage;
import io.mooring.call.Watch;
import io.mooring.sip.NameAddr;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;

class BodyTest {
    private static final Schema SCHEMA = schema();

    private static Schema schema() {
        try {
            return SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                    .newSchema(BodyTest.class.getResource("/schema/dialog-info.xsd"));
        } catch (org.xml.sax.SAXException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static Watch watch(EventPackage eventPackage, String resource) {
        var watch = new Watch();
        watch.domain = "acme.example";
        watch.resource = resource;
        watch.eventPackage = eventPackage;
        return watch;
    }

    private static String validated(String body) throws Exception {
        SCHEMA.newValidator().validate(new StreamSource(new StringReader(body)));
        return body;
    }

    private static Shown carol(String call) {
        return new Shown(call, "*8871", Optional.of(NameAddr.parse("\"Carol & <Söhne>\" <sip:carol@carrier.example>")));
    }

    @Test
    void nothingIsParked() throws Exception {
        assertThat(validated(Body.of(watch(EventPackage.DIALOG, "*8871"), 0, List.of()))).isEqualTo(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\""
                        + " version=\"0\" state=\"full\" entity=\"sip:*8871@acme.example\"><dialog id=\"0000\">"
                        + "<state>terminated</state></dialog></dialog-info>");
    }

    @Test
    void aCallIsParked() throws Exception {
        assertThat(validated(Body.of(watch(EventPackage.DIALOG, "71"), 7, List.of(carol("c1"))))).isEqualTo(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\""
                        + " version=\"7\" state=\"full\" entity=\"sip:71@acme.example\">"
                        + "<dialog id=\"c1\" direction=\"recipient\"><state>confirmed</state>"
                        + "<local><identity>sip:*8871@acme.example</identity><target uri=\"sip:*8871@acme.example\"/></local>"
                        + "<remote><identity display=\"Carol &amp; &lt;Söhne&gt;\">sip:carol@carrier.example</identity>"
                        + "<target uri=\"sip:*8871@acme.example\"/></remote></dialog></dialog-info>");
    }

    @Test
    void whoMayNotKnowSeesThatItIsTaken() throws Exception {
        assertThat(validated(Body.of(watch(EventPackage.DIALOG, "71"), 1,
                List.of(new Shown("c1", "#8871", Optional.empty())))))
                .contains("<identity display=\"Parked call\">sip:%238871@acme.example</identity>");
    }

    @Test
    void theBodyOfBroadWorks() {
        var lamp = watch(EventPackage.CALL_INFO, "102");
        assertThat(Body.of(lamp, 0, List.of())).isEqualTo(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><x-broadworks-callpark-info"
                        + " xmlns=\"http://schema.broadsoft.com/callpark\"><callpark/></x-broadworks-callpark-info>");
        assertThat(Body.of(lamp, 1, List.of(carol("c1"), carol("c2")))).isEqualTo(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><x-broadworks-callpark-info"
                        + " xmlns=\"http://schema.broadsoft.com/callpark\"><callpark><parked>"
                        + "<identity display=\"Carol &amp; &lt;Söhne&gt;\">sip:carol@carrier.example;user=phone</identity>"
                        + "</parked></callpark></x-broadworks-callpark-info>");
    }

    /** Whatever a device says that it is called. */
    @Test
    void everyNameMakesAValidDocument() throws Exception {
        var random = new Random(4235);
        for (var round = 0; round < 2_000; round++) {
            var calls = new ArrayList<Shown>();
            for (var call = random.nextInt(5); call > 0; call--) {
                var name = new StringBuilder();
                for (var i = random.nextInt(20); i > 0; i--) {
                    name.appendCodePoint(random.nextInt(4) == 0 ? random.nextInt(0x10FFFF) : random.nextInt(0x80));
                }
                calls.add(new Shown("c" + call, "*88" + call,
                        Optional.of(new NameAddr(name.toString(), "sip:x" + random.nextInt(100) + "@a.example",
                                io.mooring.sip.Params.none()))));
            }
            validated(Body.of(watch(EventPackage.DIALOG, "*59"), round, calls));
        }
    }

    /** The schema is one: it finds what is wrong. */
    @Test
    void theSchemaRefuses() {
        var right = Body.of(watch(EventPackage.DIALOG, "71"), 1, List.of(carol("c1")));
        for (var wrong : List.of(right.replace("confirmed", "parked"), right.replace("version=\"1\"", ""),
                right.replace("state=\"full\"", "state=\"whole\""), right.replace("recipient", "both"),
                right.replace("<state>confirmed</state>", ""), right.replace("target uri", "target url"))) {
            assertThatThrownBy(() -> validated(wrong)).isInstanceOf(org.xml.sax.SAXException.class);
        }
    }
}
