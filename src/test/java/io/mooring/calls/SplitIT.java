package io.mooring.calls;

import io.mooring.lab.Namespace;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node of three loses the others, and they it, while all reach Redis and the edge. {@link SplitCalls} is what runs in the namespace. */
class SplitIT {
    /** For one round, with all that is waited for. */
    private static final int MINUTES = 5;

    @TempDir
    private Path folder;

    @Test
    void aSplitClusterLosesNoCallAndRecallsEachOnce() throws IOException, InterruptedException {
        Assumptions.assumeTrue(Namespace.isRoot(), "a network namespace needs root: sudo ./mooring test");
        try (var namespace = Namespace.alone()) {
            NamespaceRun.assertWell(namespace, SplitCalls.class, MINUTES * FaultRun.ROUNDS, folder, folder.toString());
        }
    }
}
