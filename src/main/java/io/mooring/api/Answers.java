package io.mooring.api;

import io.mooring.config.Secret;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Answers that are kept for a request that may come again with the same {@code Idempotency-Key}. An answer may show a new
 * password or token, which only this caller may ever see: it is encrypted, and the key is made of the operator's
 * token, which the store does not have.
 */
final class Answers {

    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SecretKeySpec root;

    /** @param operatorToken the same at all nodes */
    Answers(Secret operatorToken) {
        this.root = new SecretKeySpec(operatorToken.value().getBytes(StandardCharsets.UTF_8), "HmacSHA256");
    }

    /** An answer that was found: to this request, or to another one with the same key. */
    record Found(boolean sameRequest, Optional<ApiResponse> answer) {}

    /** Under which name the answer is kept: each caller has keys of their own. */
    String name(ApiRequest request, String idempotencyKey) {
        return HexFormat.of().formatHex(hmac("name", request.principal().id() + "\n" + idempotencyKey));
    }

    /** What is kept. */
    String seal(ApiRequest request, String idempotencyKey, ApiResponse answer) {
        String plain = answer.status() + "\n" + answer.mediaType() + "\n" + answer.etag() + "\n" + answer.body();
        byte[] iv = new byte[IV_BYTES];
        RANDOM.nextBytes(iv);
        byte[] sealed = crypt(Cipher.ENCRYPT_MODE, request, idempotencyKey, iv, plain.getBytes(StandardCharsets.UTF_8));
        byte[] whole = ByteBuffer.allocate(IV_BYTES + sealed.length).put(iv).put(sealed).array();
        return fingerprint(request) + ":" + Base64.getEncoder().encodeToString(whole);
    }

    /** Reads what is kept. */
    Found open(ApiRequest request, String idempotencyKey, String kept) {
        String[] parts = kept.split(":", 2);
        if (!parts[0].equals(fingerprint(request))) {
            return new Found(false, Optional.empty());
        }
        byte[] whole = Base64.getDecoder().decode(parts[1]);
        byte[] iv = Arrays.copyOf(whole, IV_BYTES);
        byte[] sealed = Arrays.copyOfRange(whole, IV_BYTES, whole.length);
        String[] plain = new String(crypt(Cipher.DECRYPT_MODE, request, idempotencyKey, iv, sealed),
                StandardCharsets.UTF_8).split("\n", 4);
        return new Found(true, Optional.of(
                new ApiResponse(Integer.parseInt(plain[0]), plain[1], Buffer.buffer(plain[3]), plain[2])));
    }

    private String fingerprint(ApiRequest request) {
        return HexFormat.of()
                .formatHex(hmac("request",
                        request.operation().id() + "\n" + new TreeMap<>(request.path()) + "\n" + request.body()));
    }

    private byte[] crypt(int mode, ApiRequest request, String idempotencyKey, byte[] iv, byte[] text) {
        try {
            byte[] key = hmac("key", request.principal().id() + "\n" + idempotencyKey);
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, iv));
            return cipher.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("nodes have different operator tokens", e);
        }
    }

    private byte[] hmac(String purpose, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(root);
            return mac.doFinal((purpose + "\n" + text).getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HMAC", e);
        }
    }
}
