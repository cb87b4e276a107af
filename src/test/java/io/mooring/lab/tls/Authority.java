package io.mooring.lab.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Who signs certificates, for two days: a key pair made by openssl.
 *
 * @param folder where all files are
 * @param name of it, and of its files
 */
public record Authority(Path folder, String name) {

    /** PEM files. */
    public record Signed(Path certificate, Path key) {}

    public static Authority create(Path folder, String name) {
        var authority = new Authority(folder, name);
        authority.request(name, List.of());
        return authority;
    }

    /** Its own certificate, a PEM file. */
    public Path certificate() {
        return folder.resolve(name + ".pem");
    }

    private Path key() {
        return folder.resolve(name + ".key");
    }

    /**
     * @param holder of the certificate, and of its files
     * @param names {@code IP:} and {@code DNS:}, with commas between
     */
    public Signed sign(String holder, String names) {
        request(holder, List.of("-addext", "subjectAltName=" + names, "-addext", "basicConstraints=critical,CA:FALSE",
                "-CA", certificate().toString(), "-CAkey", key().toString()));
        return new Signed(folder.resolve(holder + ".pem"), folder.resolve(holder + ".key"));
    }

    private void request(String holder, List<String> more) {
        var arguments = new ArrayList<>(List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + holder, "-keyout",
                folder.resolve(holder + ".key").toString(), "-out", folder.resolve(holder + ".pem").toString()));
        arguments.addAll(more);
        try {
            var made = new ProcessBuilder(arguments).redirectErrorStream(true).start();
            var said = new String(made.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (made.onExit().join().exitValue() != 0) {
                throw new IllegalStateException(said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
