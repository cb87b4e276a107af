package io.mooring.tenant;

import java.util.List;
import java.util.Objects;

/**
 * Users who park calls for one another.
 *
 * @param name unique among the tenant's park groups
 * @param strategy where a call goes that is parked to it
 * @param members extensions, each once, and each in no other park group
 * @param recall what this group says about calls parked to it
 */
public record ParkGroup(String name, GroupStrategy strategy, List<String> members, RecallSettings recall) {

    /** Most members of a park group. */
    public static final int MAX_MEMBERS = 1_000;

    /** @throws InvalidValueException with all that is wrong */
    public ParkGroup {
        // A value of an earlier version has none.
        strategy = Objects.requireNonNullElse(strategy, GroupStrategy.ALL);
        members = List.copyOf(members);
        new Checks().name("name", name).members("members", members, MAX_MEMBERS).done();
    }
}
