package io.mooring.lab;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** The answer to a digest challenge (RFC 2617 and RFC 7616 with MD5). */
public final class Digest {

    private static final Pattern PARAMETER = Pattern.compile("(\\w+)\\s*=\\s*(?:\"([^\"]*)\"|([^,\\s]+))");

    private Digest() {}

    public static String answer(String challenge, String method, String uri, String user, String password) {
        var realm = "";
        var nonce = "";
        var opaque = "";
        var qop = "";
        for (var parameter = PARAMETER.matcher(challenge); parameter.find();) {
            var value = parameter.group(2) != null ? parameter.group(2) : parameter.group(3);
            switch (parameter.group(1).toLowerCase(Locale.ROOT)) {
                case "realm" -> realm = value;
                case "nonce" -> nonce = value;
                case "opaque" -> opaque = value;
                case "qop" -> qop = value;
                default -> {}
            }
        }
        var ha1 = ha1(user, realm, password);
        var ha2 = md5(method + ":" + uri);
        var header = new StringBuilder("Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", algorithm=MD5"
                .formatted(user, realm, nonce, uri));
        if (qop.isEmpty()) {
            header.append(", response=\"").append(md5(ha1 + ":" + nonce + ":" + ha2)).append('"');
        } else {
            var cnonce = Long.toHexString(ThreadLocalRandom.current().nextLong());
            var response = md5(ha1 + ":" + nonce + ":00000001:" + cnonce + ":auth:" + ha2);
            header.append(", qop=auth, nc=00000001, cnonce=\"")
                    .append(cnonce)
                    .append("\", response=\"")
                    .append(response)
                    .append('"');
        }
        if (!opaque.isEmpty()) {
            header.append(", opaque=\"").append(opaque).append('"');
        }
        return header.toString();
    }

    /** What is kept of a password [RFC 2617 3.2.2.2]. */
    public static String ha1(String user, String realm, String password) {
        return md5(user + ":" + realm + ":" + password);
    }

    private static String md5(String text) {
        try {
            var hash = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
