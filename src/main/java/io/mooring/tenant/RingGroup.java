package io.mooring.tenant;

import java.util.List;
import java.util.Optional;

/**
 * Users who are offered a call that nobody picked up.
 *
 * @param name unique among the tenant's ring groups
 * @param strategy how they are rung
 * @param members extensions, each once
 * @param ringSeconds how long each of them rings, or all at once, 5..120; absent: as long as the recall settings say
 */
public record RingGroup(String name, RingStrategy strategy, List<String> members, Optional<Integer> ringSeconds) {

    /** Most members of a ring group: each of them is an INVITE. */
    public static final int MAX_MEMBERS = 100;

    /** @throws InvalidValueException with all that is wrong */
    public RingGroup {
        members = List.copyOf(members);
        new Checks().name("name", name)
                .members("members", members, MAX_MEMBERS)
                .range("ringSeconds", ringSeconds, 5, 120)
                .done();
    }

    /** A group that rings as long as the recall settings say. */
    public RingGroup(String name, RingStrategy strategy, List<String> members) {
        this(name, strategy, members, Optional.empty());
    }
}
