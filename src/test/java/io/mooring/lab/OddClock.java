package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * The clock of one node of a stack, which can be set; that of all others, of Redis and of these tests is right. What it shifts is the time of day, with
 * libfaketime: a time namespace of Linux has none of its own. The monotonic clock goes on, as on a machine whose time is set.
 */
public final class OddClock {
    private static final String SHIFTED = """
            if [[ ${MOORING_NODE:-} == %s ]]; then
              libraries=(/usr/lib/*/faketime/libfaketimeMT.so.1)
              [[ -r ${libraries[0]} ]] || { echo 'mooring: the Debian package libfaketime is missing' >&2; exit 1; }
              export LD_PRELOAD=${libraries[0]} FAKETIME_TIMESTAMP_FILE='%s' FAKETIME_CACHE_DURATION=1
              # Its own mending of waits that go by the monotonic clock has them end at once in a JVM.
              export FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_FORCE_MONOTONIC_FIX=0
            fi""";

    private final Path folder;
    private final Path offset;

    /**
     * @param folder for what this needs
     * @param node the node whose clock it is
     */
    public OddClock(Path folder, String node) {
        this.folder = folder.resolve("jdk");
        this.offset = folder.resolve("clock");
        set(0);
        JdkWith.lines(this.folder, SHIFTED.formatted(node, offset));
    }

    /** For the launcher. */
    public Map<String, String> settings() {
        return Map.of("MOORING_JDK", folder.toString());
    }

    /** @param seconds that it is ahead from now on, or within a second when the node runs; less than 0: it is behind */
    public void set(int seconds) {
        try {
            var next = Files.writeString(offset.resolveSibling("clock.new"), "%+d\n".formatted(seconds));
            Files.move(next, offset, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
