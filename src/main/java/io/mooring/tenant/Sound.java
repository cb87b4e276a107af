package io.mooring.tenant;

/**
 * Music or a prompt of a tenant: what is known of the audio that was uploaded.
 *
 * @param encoding how samples are written
 * @param channels 1 or 2
 * @param sampleRate samples a second
 * @param durationMillis how long it lasts
 * @param bytes length of the file
 * @param sha256 of the file, 64 hexadecimal digits
 */
public record Sound(Encoding encoding, int channels, int sampleRate, int durationMillis, int bytes, String sha256) {

    /** How samples are written. */
    public enum Encoding {
        /** 16 bits each, linear. */
        PCM16("pcm16"),
        /** 8 bits each, G.711 A-law. */
        ALAW("alaw"),
        /** 8 bits each, G.711 µ-law. */
        ULAW("ulaw");

        private final String text;

        Encoding(String text) {
            this.text = text;
        }

        /** Bytes of one sample. */
        int bytes() {
            return this == PCM16 ? 2 : 1;
        }

        /** As in JSON. */
        @Override
        public String toString() {
            return text;
        }
    }
}
