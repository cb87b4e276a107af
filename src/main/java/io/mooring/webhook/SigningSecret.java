package io.mooring.webhook;

import io.mooring.tenant.InvalidValueException;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the deliveries of a webhook are signed with, as Standard Webhooks has it: a symmetric key, written {@code whsec_} and base64
 * [github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md].
 */
public final class SigningSecret {
    private static final String PREFIX = "whsec_";
    private static final int LEAST_BYTES = 24;
    private static final int MOST_BYTES = 64;
    private static final int NEW_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] key;

    SigningSecret(byte[] key) {
        this.key = key.clone();
    }

    /** A random one. */
    public static SigningSecret generate() {
        byte[] key = new byte[NEW_BYTES];
        RANDOM.nextBytes(key);
        return new SigningSecret(key);
    }

    /** @throws InvalidValueException when it is not of that form */
    public static SigningSecret parse(String text) {
        try {
            byte[] key = Base64.getDecoder().decode(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : "");
            if (key.length >= LEAST_BYTES && key.length <= MOST_BYTES) {
                return new SigningSecret(key);
            }
        } catch (IllegalArgumentException e) {
            // The message below says it better.
        }
        throw new InvalidValueException("secret", "must be whsec_ and " + LEAST_BYTES + " to " + MOST_BYTES
                + " bytes in base64");
    }

    byte[] key() {
        return key.clone();
    }

    /** As it is shown to its owner, once. */
    public String text() {
        return PREFIX + Base64.getEncoder().encodeToString(key);
    }

    /**
     * The value of {@code webhook-signature}.
     *
     * @param id value of {@code webhook-id}
     * @param timestampSeconds value of {@code webhook-timestamp}, seconds since 1970
     */
    public String sign(String id, long timestampSeconds, Buffer body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((id + "." + timestampSeconds + ".").getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body.getBytes()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC", e);
        }
    }

    /** Shows nothing of it. */
    @Override
    public String toString() {
        return "***";
    }
}
