package io.mooring.call;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * The PIN that a parked call is retrieved with: how it can be recognised, and not what it is. PBKDF2 with HMAC-SHA-256 [RFC 8018 5.2]
 * and a salt of its own; a few digits can be guessed from that all the same, so it is kept like a password.
 *
 * @param hash {@code <salt>:<key>}, each in Base64; empty: no PIN is asked for
 * @param length digits of the PIN; 0: none
 */
public record RetrievalPin(String hash, int length) {
    /** No PIN. */
    public static final RetrievalPin NONE = new RetrievalPin("", 0);

    private static final Pattern DIGITS = Pattern.compile("[0-9]{4,10}");
    /**
     * Half a millisecond of one core. Ten thousand PINs of four digits are tried soon, whatever number stands here; a document with many
     * policies shall not hold up others.
     */
    private static final int ITERATIONS = 1_000;
    private static final int SALT_BYTES = 16;
    private static final int KEY_BITS = 256;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A call of an earlier version has none. */
    public RetrievalPin {
        hash = Objects.requireNonNullElse(hash, "");
    }

    /** True when this can be a PIN: 4 to 10 digits. */
    public static boolean isPin(String text) {
        return DIGITS.matcher(text).matches();
    }

    /**
     * Of a PIN.
     *
     * @throws IllegalArgumentException when it cannot be one
     */
    public static RetrievalPin of(String pin) {
        if (!isPin(pin)) {
            throw new IllegalArgumentException("a PIN has 4 to 10 digits");
        }
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        Base64.Encoder text = Base64.getEncoder();
        return new RetrievalPin(text.encodeToString(salt) + ":" + text.encodeToString(key(pin, salt)), pin.length());
    }

    /** True when a PIN is asked for. */
    public boolean required() {
        return !hash.isEmpty();
    }

    /** True when this is the PIN. Takes half a millisecond or so. */
    public boolean matches(String entered) {
        if (entered.length() != length || !isPin(entered) || !required()) {
            return false;
        }
        int colon = hash.indexOf(':');
        byte[] salt = Base64.getDecoder().decode(hash.substring(0, colon));
        return MessageDigest.isEqual(Base64.getDecoder().decode(hash.substring(colon + 1)), key(entered, salt));
    }

    private static byte[] key(String pin, byte[] salt) {
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(pin.toCharArray(), salt, ITERATIONS, KEY_BITS))
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has PBKDF2", e);
        }
    }

    @Override
    public String toString() {
        return required() ? "***" : "";
    }
}
