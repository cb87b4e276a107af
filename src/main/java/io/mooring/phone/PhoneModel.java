package io.mooring.phone;

import java.util.Locale;

/** Families of phones whose settings are known. {@code docs/phones.md} has the sources. */
public enum PhoneModel {
    /** Text, a setting a line. */
    YEALINK("Yealink T3, T4, T5, T7, T8: cfg file", 27),
    /** XML. */
    FANVIL("Fanvil V6x, X-U: XML file (sysConf)", 15),
    /** XML. */
    CISCO_MPP("Cisco IP Phone 6800, 7800, 8800 with multiplatform firmware: XML file (flat-profile)", 10),
    /** XML. */
    POLYCOM("Poly (Polycom) VVX and Edge E: XML file (polycomConfig)", 12);

    /** Most keys that a phone with modules has. */
    public static final int MOST_KEYS = 200;

    private final String description;
    private final int keys;

    PhoneModel(String description, int keys) {
        this.description = description;
        this.keys = keys;
    }

    /** The name in the API: {@code cisco-mpp}. */
    public String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** For people. */
    public String description() {
        return description;
    }

    /** Keys of a usual phone of the family, the one of its line included. */
    public int keys() {
        return keys;
    }
}
