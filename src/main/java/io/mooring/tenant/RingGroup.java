package io.mooring.tenant;

import java.util.List;

/**
 * Users who are offered a call that nobody picked up.
 *
 * @param name unique among the tenant's ring groups
 * @param strategy how they are rung
 * @param members extensions, each once
 */
public record RingGroup(String name, RingStrategy strategy, List<String> members) {

    /** Most members of a ring group: each of them is an INVITE. */
    public static final int MAX_MEMBERS = 100;

    /** @throws InvalidValueException with all that is wrong */
    public RingGroup {
        members = List.copyOf(members);
        new Checks().name("name", name).members("members", members, MAX_MEMBERS).done();
    }
}
