package io.mooring.retrieve;

import io.mooring.call.Call;
import io.mooring.call.ParkTerms;
import io.mooring.call.Places;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.RetrievalRule;
import io.mooring.call.Standing;
import java.util.function.Supplier;

/** Who may retrieve a call: as it was decided when the call was parked. */
public final class Entitlement {
    private Entitlement() {}

    /**
     * Passes when a user may retrieve a call.
     *
     * @param user extension of the retriever
     * @param standing of the retriever; asked only when the answer depends on it
     * @throws RefusedException when it may not
     */
    public static void check(Call call, String user, Supplier<Standing> standing) {
        if (!isEntitled(call, user, standing)) {
            throw new RefusedException(Refusal.RETRIEVAL_NOT_ALLOWED);
        }
    }

    /** The same as an answer. */
    public static boolean isEntitled(Call call, String user, Supplier<Standing> standing) {
        ParkTerms terms = call.terms;
        if (terms.retrieval() == RetrievalRule.TENANT || user.equals(call.parker)) {
            return true;
        }
        if (terms.retrieval() == RetrievalRule.PARKER) {
            return false;
        }
        if (call.place.equals(Places.ofExtension(user))) {
            return true;
        }
        Standing who = standing.get();
        boolean sameGroup = !terms.parkGroup().isEmpty() && terms.parkGroup().equals(who.parkGroup());
        if (terms.retrieval() == RetrievalRule.SAME_PARK_GROUP) {
            return sameGroup;
        }
        boolean samePolicy = !terms.policy().isEmpty() && terms.policy().equals(who.policy());
        return samePolicy || (sameGroup && call.place.equals(Places.ofGroup(terms.parkGroup())));
    }
}
