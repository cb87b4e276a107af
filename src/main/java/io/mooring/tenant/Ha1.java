package io.mooring.tenant;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What SIP digest authentication needs of a password: MD5(user:realm:password) [RFC 3261 22.4]. Whoever has it can
 * register, so it is kept like a password; the password itself cannot be read out of it.
 *
 * @param hex 32 hexadecimal digits in lower case
 */
public record Ha1(String hex) {

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{32}");
    private static final int MIN_PASSWORD = 8;
    private static final int MAX_PASSWORD = 128;
    private static final int GENERATED_PASSWORD = 20;
    /** No characters that are taken for one another on paper. */
    private static final int FINGERPRINT = 16;
    private static final String ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private static final SecureRandom RANDOM = new SecureRandom();

    /** @throws InvalidValueException when it is not 32 hexadecimal digits; upper case is taken */
    public Ha1 {
        hex = hex.toLowerCase(Locale.ROOT);
        if (!HEX.matcher(hex).matches()) {
            throw new InvalidValueException("ha1", "must be 32 hexadecimal digits: MD5(extension:domain:password)");
        }
    }

    /**
     * Of a password.
     *
     * @throws InvalidValueException when the password is too short, too long, or holds a control character
     */
    public static Ha1 of(String extension, String domain, String password) {
        if (password.length() < MIN_PASSWORD
                || password.length() > MAX_PASSWORD
                || password.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidValueException("password",
                    "must be " + MIN_PASSWORD + " to " + MAX_PASSWORD
                            + " characters, none of them a control character");
        }
        return new Ha1(md5(extension + ":" + domain + ":" + password));
    }

    /** A new random password, of more than 110 bits. */
    public static String generatePassword() {
        var password = new StringBuilder(GENERATED_PASSWORD);
        for (int i = 0; i < GENERATED_PASSWORD; i++) {
            password.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return password.toString();
    }

    /** What stands for it where it must not be known: equal for equal ones, and nothing can be done with it. */
    public String fingerprint() {
        return digest("SHA-256", "fingerprint:" + hex).substring(0, FINGERPRINT);
    }

    private static String md5(String text) {
        return digest("MD5", text);
    }

    private static String digest(String algorithm, String text) {
        try {
            byte[] digest = MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
