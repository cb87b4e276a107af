package io.mooring.calls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A certificate for an address that nobody else has signed, and its key, as PEM files. */
record SelfSigned(Path certificate, Path key) {

    SelfSigned(Path folder, String address) {
        this(folder.resolve("edge.crt"), folder.resolve("edge.key"));
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=edge",
                "-addext", "subjectAltName=IP:" + address, "-keyout", key.toString(), "-out", certificate.toString());
    }

    /** What openssl says of a connection with one version of TLS. */
    String connect(String address, int port, String version) {
        return run("s_client", "-connect", address + ":" + port, "-CAfile", certificate.toString(), version, "-cipher",
                "DEFAULT@SECLEVEL=0");
    }

    private static String run(String... arguments) {
        var command = new java.util.ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
