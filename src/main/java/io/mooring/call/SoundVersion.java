package io.mooring.call;

/**
 * Music or a prompt of a tenant, as it was uploaded at one time: what a call holds on to while the tenant replaces the sound.
 *
 * @param id of the sound; empty: none
 * @param version of the upload
 * @param sha256 of the uploaded file, 64 hexadecimal digits
 */
public record SoundVersion(String id, String version, String sha256) {
    /** No sound. */
    public static final SoundVersion NONE = new SoundVersion("", "", "");

    /** True for {@link #NONE}. */
    public boolean isNone() {
        return id.isEmpty();
    }
}
