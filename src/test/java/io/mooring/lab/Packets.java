package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What becomes of packets, by rules of iptables. */
final class Packets {
    private Packets() {}

    /**
     * @param prefix before the command: where it shall be; empty: where we are
     * @param options of iptables
     */
    static void rule(List<String> prefix, String... options) {
        var command = new ArrayList<>(prefix);
        command.addAll(List.of("iptables", "-w"));
        command.addAll(Arrays.asList(options));
        try {
            var done = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (done != 0) {
                throw new IllegalStateException(String.join(" ", command) + " ended with " + done);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
