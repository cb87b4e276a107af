package io.mooring.calls;

import io.mooring.lab.Namespace;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two edges on hosts of their own, one of which is cut off without a word, and comes back. {@link EdgeHostCalls} is what runs in the namespaces. */
class EdgesInNamespacesIT {
    private static final int MINUTES = 3;

    @TempDir
    private Path folder;

    @Test
    void aHostThatVanishesTakesNoParkedCallAlongAndHoldsNobodyUp() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "a network namespace needs root: sudo ./mooring test");
        try (var site = Namespace.alone();
                var first = Namespace.alone();
                var second = Namespace.alone()) {
            var addresses = site.lan(List.of(first, second));
            for (var phone : EdgeHostCalls.PHONES) {
                site.inside("ip", "addr", "add", site.lanAddress(phone) + "/24", "dev", "lan");
            }
            NamespaceRun.assertWell(site, EdgeHostCalls.class, MINUTES, folder, addresses.get(0), first.name(),
                    addresses.get(1), second.name(), addresses.get(2));
        }
    }
}
