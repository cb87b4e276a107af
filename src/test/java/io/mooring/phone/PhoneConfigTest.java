package io.mooring.phone;

import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Feature;
import io.mooring.call.ParkMode;
import io.mooring.call.RetrievalRule;
import io.mooring.phone.PhoneSetup.Lamp;
import io.mooring.tenant.EffectivePolicy;
import io.mooring.tenant.FeatureCodes;
import io.mooring.tenant.ParkPolicy;
import io.mooring.tenant.RecallSettings;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Document;

/** What phones are given. */
class PhoneConfigTest {
    private static final FeatureCodes OWN_CODES = new FeatureCodes("*3", "*6", "#5", "*7");

    private static ParkPolicy policy(int start, int end, ParkMode... modes) {
        return new ParkPolicy("P", true, List.of(modes), new ParkPolicy.Orbits(start, end), RetrievalRule.TENANT, false,
                true, false, RecallSettings.NONE);
    }

    private static PhoneSetup setup(FeatureCodes codes, ParkPolicy policy, String group) {
        return new PhoneSetup("acme.example", "102", codes, policy,
                group.isEmpty() ? Optional.empty() : Optional.of(group));
    }

    private static Document parse(String xml) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void yealink() {
        assertThat(PhoneConfig.of(PhoneModel.YEALINK,
                setup(OWN_CODES, policy(71, 90, ParkMode.values()), "Sales & Co; #1"), 2, 5)).isEqualTo("""
                        #!version:1.0.0.1
                        ## Call park for 102 of acme.example
                        features.call_park.enable = 1
                        features.call_park.park_mode = 1
                        features.call_park.park_code = *3
                        features.call_park.park_retrieve_code = *7
                        features.call_park.group_enable = 1
                        features.call_park.group_park_code = *6
                        linekey.2.type = 16
                        linekey.2.line = 1
                        linekey.2.value = *7102
                        linekey.2.label = Parked
                        linekey.3.type = 16
                        linekey.3.line = 1
                        linekey.3.value = *7
                        linekey.3.label = Sales   Co   1
                        linekey.4.type = 16
                        linekey.4.line = 1
                        linekey.4.value = *771
                        linekey.4.label = Orbit 71
                        linekey.5.type = 16
                        linekey.5.line = 1
                        linekey.5.value = *772
                        linekey.5.label = Orbit 72
                        """);
    }

    @Test
    void fanvil() throws Exception {
        var document = parse(PhoneConfig.of(PhoneModel.FANVIL,
                setup(FeatureCodes.DEFAULT, policy(10, 99, ParkMode.NEXT_ORBIT), ""), 2, 4));
        var keys = document.getElementsByTagName("Fkey");
        assertThat(keys.getLength()).isEqualTo(3);
        assertThat(keys.item(0).getAttributes().getNamedItem("index").getNodeValue()).isEqualTo("2");
        var values = document.getElementsByTagName("Value");
        assertThat(values.item(0).getTextContent()).as("next orbit, for who may not park at the own extension")
                .isEqualTo("*59@1/c");
        assertThat(values.item(1).getTextContent()).isEqualTo("*88102@1/bc");
        assertThat(values.item(2).getTextContent()).isEqualTo("*8810@1/bc");
    }

    @Test
    void cisco() throws Exception {
        var document = parse(PhoneConfig.of(PhoneModel.CISCO_MPP,
                setup(FeatureCodes.DEFAULT, policy(10, 99, ParkMode.values()), ""), 2, 4));
        assertThat(document.getDocumentElement().getNodeName()).isEqualTo("flat-profile");
        assertThat(text(document, "Call_Park_Code")).isEqualTo("*68");
        assertThat(text(document, "Call_Unpark_Code")).isEqualTo("*88");
        assertThat(text(document, "Extension_2_")).isEqualTo("Disabled");
        assertThat(text(document, "Extended_Function_2_")).isEqualTo("fnc=prk;sub=$USER@$PROXY;nme=Park");
        assertThat(text(document, "Extended_Function_3_"))
                .isEqualTo("fnc=blf+sd;sub=*88102@$PROXY;ext=*88102@$PROXY;nme=Parked");
        assertThat(text(document, "Extended_Function_4_"))
                .isEqualTo("fnc=blf+sd;sub=*8810@$PROXY;ext=*8810@$PROXY;nme=Orbit 10");
        assertThat(document.getElementsByTagName("Extension_1_").getLength()).as("the line").isZero();
    }

    private static String text(Document document, String name) {
        return document.getElementsByTagName(name).item(0).getTextContent();
    }

    @Test
    void polycom() throws Exception {
        var root = parse(PhoneConfig.of(PhoneModel.POLYCOM,
                setup(FeatureCodes.DEFAULT, policy(10, 10, ParkMode.values()), "\"A\" <b>"), 2, 9))
                .getDocumentElement();
        assertThat(root.getAttribute("call.parkedCallString")).isEqualTo("*68");
        assertThat(root.getAttribute("call.parkedCallRetrieveString")).isEqualTo("*88");
        assertThat(root.getAttribute("attendant.resourceList.1.address")).isEqualTo("*88102@acme.example");
        assertThat(root.getAttribute("attendant.resourceList.1.type")).isEqualTo("automata");
        assertThat(root.getAttribute("attendant.resourceList.2.label")).isEqualTo("A   b");
        assertThat(root.getAttribute("attendant.resourceList.3.address")).isEqualTo("*8810@acme.example");
        assertThat(root.hasAttribute("attendant.resourceList.4.address")).as("the range has one").isFalse();
    }

    @ParameterizedTest
    @EnumSource(PhoneModel.class)
    void whoMayNotParkRetrievesAllTheSame(PhoneModel model) throws Exception {
        String config = PhoneConfig.of(model, setup(FeatureCodes.DEFAULT, EffectivePolicy.OFF, "Sales"), 2, 50);
        assertThat(config).contains("*88102")
                .contains("parking is off")
                .doesNotContain("*68")
                .doesNotContain("*58")
                .doesNotContain("*8810@")
                .doesNotContain("Orbit");
        if (model != PhoneModel.YEALINK) {
            parse(config);
        }
    }

    @ParameterizedTest
    @EnumSource(PhoneModel.class)
    void aPhoneWithoutKeysThatAreFreeGetsItsCodes(PhoneModel model) {
        String config = PhoneConfig.of(model, setup(FeatureCodes.DEFAULT, policy(10, 99, ParkMode.values()), "G"), 2,
                1);
        assertThat(config).doesNotContain("*88102");
    }

    /** What a lamp's key dials is a retrieve code of this tenant. */
    @Test
    void whatALampDialsRetrieves() {
        var setup = setup(OWN_CODES, policy(10, 9_999, ParkMode.values()), "G");
        assertThat(setup.lamps(200)).hasSize(200)
                .extracting(Lamp::number)
                .allSatisfy(number -> assertThat(OWN_CODES.match(number)).isInstanceOf(Feature.Retrieve.class));
        assertThat(setup(OWN_CODES, policy(10, 12, ParkMode.CHOSEN_ORBIT), "").lamps(200)).extracting(Lamp::label)
                .containsExactly("Parked", "Orbit 10", "Orbit 11", "Orbit 12");
    }

    @Test
    void labelsAreShort() {
        var setup = setup(OWN_CODES, policy(10, 12), "\uD83D\uDE00Ünïcode ".repeat(10));
        assertThat(setup.lamps(2).getLast().label()).hasSizeLessThanOrEqualTo(20).startsWith("Ünïcode");
        assertThat(setup(OWN_CODES, policy(10, 12), "&&&").lamps(2).getLast().label()).isEqualTo("Group");
    }
}
