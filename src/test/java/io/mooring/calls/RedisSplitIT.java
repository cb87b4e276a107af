package io.mooring.calls;

import io.mooring.lab.Namespace;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node is cut off on the side of the primary of Redis that loses. {@link RedisSplitCalls} is what runs in the namespaces. */
class RedisSplitIT {
    /** For one round, with all that is waited for. */
    private static final int MINUTES = 5;

    @TempDir
    private Path folder;

    @Test
    void whoIsLeftWithTheOldPrimaryAcknowledgesNothing() throws Exception {
        Assumptions.assumeTrue(Namespace.isRoot(), "a network namespace needs root: sudo ./mooring test");
        try (var near = Namespace.alone();
                var far = Namespace.alone()) {
            near.wire(far);
            NamespaceRun.assertWell(near, RedisSplitCalls.class, MINUTES * FaultRun.ROUNDS, folder, folder.toString(),
                    far.name(), near.host(), near.inside());
        }
    }
}
