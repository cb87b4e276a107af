package io.mooring.admin;

import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * Asks one thing that a node depends on whether it answers.
 *
 * @param name how it is called in the answer of {@code /readyz}
 * @param required true when a node without it takes no work; false when it is only told
 * @param probe fails, within its own time limit, when the dependency does not answer
 */
public record DependencyCheck(String name, boolean required, Supplier<Future<Void>> probe) {}
