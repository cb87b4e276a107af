package io.mooring.hostile;

import io.mooring.calls.NamespaceRun;
import io.mooring.lab.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Messages and bodies, made of real ones, to a real stack: no crash, no leak. Among all tests they are 2,000; {@code -Dmooring.mutations=100000} is the number that is
 * promised, and {@code -Dmooring.mutations.seed=…} makes others.
 */
class MutationsIT {

    private static final int MINUTES = Integer.getInteger("mooring.mutations", 0) > 10_000 ? 60 : 10;

    @TempDir
    private Path folder;

    @Test
    void noCrashAndNoLeak() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Namespace.isRoot(), "a network namespace needs root: sudo ./mooring test");
        try (var namespace = Namespace.alone()) {
            NamespaceRun.assertWell(namespace, MutationRun.class, MINUTES, folder, folder.toString());
        }
    }
}
