package io.mooring.phone;

import io.mooring.phone.PhoneSetup.Lamp;
import java.util.ArrayList;
import java.util.List;

/**
 * Settings of a phone that concern parking, in the phone's own syntax: its park and retrieve keys with the codes of the tenant, and lamps. To be
 * loaded beside the settings that register it; no password is in it. Only names of settings whose source is in {@code docs/phones.md} are used.
 */
public final class PhoneConfig {
    private final PhoneSetup setup;
    private final int firstKey;
    private final int keys;

    private PhoneConfig(PhoneSetup setup, int firstKey, int keys) {
        this.setup = setup;
        this.firstKey = firstKey;
        this.keys = keys;
    }

    /**
     * Writes them.
     *
     * @param firstKey that may be used; those before it stay as they are
     * @param keys that the phone has
     */
    public static String of(PhoneModel model, PhoneSetup setup, int firstKey, int keys) {
        var config = new PhoneConfig(setup, firstKey, keys);
        List<String> lines = switch (model) {
            case YEALINK -> config.yealink();
            case FANVIL -> config.fanvil();
            case CISCO_MPP -> config.cisco();
            case POLYCOM -> config.polycom();
        };
        return String.join("\n", lines) + "\n";
    }

    private String title() {
        return "Call park for " + setup.extension() + " of " + setup.domain()
                + (setup.policy().parkingAllowed() ? "" : "; parking is off for this user");
    }

    private int room(int taken) {
        return Math.max(0, keys - firstKey + 1 - taken);
    }

    private List<String> yealink() {
        List<String> lines = new ArrayList<>(List.of("#!version:1.0.0.1", "## " + title()));
        lines.add("features.call_park.enable = " + flag(setup.parkCode().isPresent()));
        setup.parkCode().ifPresent(code -> {
            // A transfer: the code alone, dialled while the call is held, parks nothing.
            lines.add("features.call_park.park_mode = 1");
            lines.add("features.call_park.park_code = " + code);
        });
        lines.add("features.call_park.park_retrieve_code = " + setup.codes().retrieve());
        lines.add("features.call_park.group_enable = " + flag(setup.groupCode().isPresent()));
        setup.groupCode().ifPresent(code -> lines.add("features.call_park.group_park_code = " + code));
        int key = firstKey;
        for (Lamp lamp : setup.lamps(room(0))) {
            String name = "linekey." + key++ + ".";
            // 16: BLF.
            lines.addAll(List.of(name + "type = 16", name + "line = 1", name + "value = " + lamp.number(),
                    name + "label = " + lamp.label()));
        }
        return lines;
    }

    private static String flag(boolean on) {
        return on ? "1" : "0";
    }

    private List<String> fanvil() {
        List<String> lines = new ArrayList<>(List.of("<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                "<!-- " + comment(title()) + " -->", "<sysConf>", "  <dsskey>", "    <dssSide index=\"1\">"));
        int key = firstKey;
        if (setup.parkCode().isPresent() && room(0) > 0) {
            // c: call park.
            lines.addAll(fanvil(key++, setup.parkCode().get() + "@1/c", "Park"));
        }
        for (Lamp lamp : setup.lamps(room(key - firstKey))) {
            // bc: BLF, and a new call when it is pressed.
            lines.addAll(fanvil(key++, lamp.number() + "@1/bc", lamp.label()));
        }
        lines.addAll(List.of("    </dssSide>", "  </dsskey>", "</sysConf>"));
        return lines;
    }

    private static List<String> fanvil(int key, String value, String title) {
        return List.of("      <Fkey index=\"" + key + "\">", "        <Type>1</Type>",
                "        <Value>" + xml(value) + "</Value>", "        <Title>" + xml(title) + "</Title>",
                "      </Fkey>");
    }

    private List<String> cisco() {
        List<String> lines = new ArrayList<>(List.of("<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                "<!-- " + comment(title()) + " -->", "<flat-profile>"));
        setup.parkCode()
                .ifPresent(code -> lines.add("  <Call_Park_Code ua=\"na\">" + xml(code) + "</Call_Park_Code>"));
        lines.add("  <Call_Unpark_Code ua=\"na\">" + xml(setup.codes().retrieve()) + "</Call_Unpark_Code>");
        int key = firstKey;
        if (setup.parkCode().isPresent() && room(0) > 0) {
            lines.addAll(cisco(key++, "fnc=prk;sub=$USER@$PROXY;nme=Park"));
        }
        for (Lamp lamp : setup.lamps(room(key - firstKey))) {
            lines.addAll(cisco(key++, "fnc=blf+sd;sub=" + lamp.number() + "@$PROXY;ext=" + lamp.number()
                    + "@$PROXY;nme=" + lamp.label()));
        }
        lines.add("</flat-profile>");
        return lines;
    }

    private static List<String> cisco(int key, String function) {
        return List.of("  <Extension_" + key + "_ ua=\"na\">Disabled</Extension_" + key + "_>",
                "  <Extended_Function_" + key + "_ ua=\"na\">" + xml(function) + "</Extended_Function_" + key + "_>");
    }

    /** Its lamps are a list of their own, which the phone puts on the keys that are left. */
    private List<String> polycom() {
        List<String> lines = new ArrayList<>(List.of("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>",
                "<!-- " + comment(title()) + " -->", "<polycomConfig"));
        lines.add(attribute("feature.callPark.enabled", flag(setup.parkCode().isPresent())));
        setup.parkCode().ifPresent(code -> lines.add(attribute("call.parkedCallString", code)));
        lines.add(attribute("call.parkedCallRetrieveString", setup.codes().retrieve()));
        lines.add(attribute("attendant.reg", "1"));
        int number = 1;
        for (Lamp lamp : setup.lamps(room(0))) {
            String name = "attendant.resourceList." + number++ + ".";
            lines.add(attribute(name + "address", lamp.number() + "@" + setup.domain()));
            lines.add(attribute(name + "label", lamp.label()));
            lines.add(attribute(name + "type", "automata"));
        }
        lines.add("/>");
        return lines;
    }

    private static String attribute(String name, String value) {
        return "  " + name + "=\"" + xml(value) + "\"";
    }

    private static String xml(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    /** Two hyphens end a comment [XML 1.0 2.5]. */
    private static String comment(String text) {
        return text.replace("--", "- -");
    }
}
