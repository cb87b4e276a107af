package io.mooring.store;

/** What is provisioned. */
public enum Kind {
    TENANT("tenants"),
    /** Further domains of tenants: in the global scope all of them, in a tenant's scope its own. */
    DOMAIN("domains"),
    TRUNK("trunks"),
    TOKEN("tokens"),
    EXTENSION("extensions"),
    RING_GROUP("ring-groups"),
    PARK_GROUP("park-groups"),
    PARK_POLICY("park-policies"),
    GRANT("grants"),
    /** What is known of music and prompts; the audio itself has keys of its own. */
    SOUND("sounds"),
    WEBHOOK("webhooks");

    private final String key;

    Kind(String key) {
        this.key = key;
    }

    /** Name of the kind in keys, and in the paths of the API. */
    public String key() {
        return key;
    }
}
