package io.mooring.isolation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Something that may happen in a tenant. To add one: write a method of this shape that does it, checks what its tenant must see and
 * keeps the model ({@link Side#talks}, {@link Side#parked}, {@link Side#announced}) in step, and put it into a list of {@link #ALL}. That nothing reaches the
 * other tenant is checked after each run, whatever the operation was.
 */
@FunctionalInterface
interface Operation {

    /** All, as often as they shall be tried. */
    List<Operation> ALL = all();

    /**
     * Chooses the particulars; all that is random is taken from here, so that a seed tells the whole sequence.
     *
     * @param own the tenant in which it happens
     * @param other the one that must not notice
     * @return nothing when the state of the tenant does not allow it now
     */
    Optional<Step> prepare(Side own, Side other, Random random);

    /** An operation with its particulars. Its text stands in the sequence that a failed run prints. */
    record Step(String text, Runnable action) {}

    static Optional<Step> step(String text, Runnable action) {
        return Optional.of(new Step(text, action));
    }

    static <T> T oneOf(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    private static List<Operation> all() {
        var all = new ArrayList<Operation>();
        all.addAll(CallOperations.ALL);
        all.addAll(Attacks.ALL);
        all.addAll(HttpOperations.ALL);
        return Collections.unmodifiableList(all);
    }
}
