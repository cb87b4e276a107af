package io.mooring.isolation;

import static io.mooring.isolation.Operation.oneOf;
import static io.mooring.isolation.Operation.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Places;
import io.mooring.isolation.Operation.Step;
import io.mooring.lab.Call;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.api.IntegerAssert;

/** What one tenant's phones may try on the other. */
final class Attacks {

    static final List<Operation> ALL = List.of(
            Attacks::retrieveWhereTheyPark, Attacks::retrieveWhereTheyPark,
            Attacks::dialTheirDomain,
            Attacks::replaceTheirDialog, Attacks::replaceTheirDialog,
            Attacks::referToTheirDialog,
            Attacks::reachIntoTheirDialog,
            Attacks::forgeFrom,
            Attacks::forgeReferredBy,
            Attacks::registerAsTheirs,
            Attacks::trunkIntoTheirs);

    private Attacks() {}

    /** They park there, we do not: nothing is there for us. */
    static Optional<Step> retrieveWhereTheyPark(Side own, Side other, Random random) {
        var places = other.parked.keySet()
                .stream()
                .map(Places::number)
                .filter(it -> own.found(own.spy(), it).isEmpty())
                .toList();
        if (places.isEmpty()) {
            return Optional.empty();
        }
        var place = oneOf(places, random);
        return step("spy dials *88" + place + ", where only the other tenant parks",
                () -> CallOperations.dial(404, () -> own.spy().call("*88" + place)));
    }

    static Optional<Step> dialTheirDomain(Side own, Side other, Random random) {
        var number = oneOf(List.of("101", "*88", "*88101", "*68102"), random);
        return step("spy dials " + number + "@" + other.domain,
                () -> refused(own.spy().call("sip:" + number + "@" + other.domain)).isEqualTo(403));
    }

    static Optional<Step> replaceTheirDialog(Side own, Side other, Random random) {
        if (other.owned().isEmpty()) {
            return Optional.empty();
        }
        var theirs = oneOf(other.owned(), random);
        var number = oneOf(List.of("*68", "*88", "101"), random);
        return step("spy dials " + number + " with Replaces of the other tenant's dialog",
                () -> refused(own.spy().dial(number).replaces(theirs).start()).isEqualTo(481));
    }

    static Optional<Step> referToTheirDialog(Side own, Side other, Random random) {
        var mine = own.talks.stream().filter(talk -> !talk.owned() && own.isExtension(talk.one())).findFirst();
        if (mine.isEmpty() || other.owned().isEmpty()) {
            return Optional.empty();
        }
        var theirs = oneOf(other.owned(), random);
        return step(mine.get().one().user() + " transfers with Replaces of the other tenant's dialog", () -> {
            var reply = mine.get().oneSide().referTo("102", theirs).reply();
            assertThat(reply.status()).as("reply to the REFER").isIn(403, 404, 481);
        });
    }

    /** The Call-ID is known, the tags are not. */
    static Optional<Step> reachIntoTheirDialog(Side own, Side other, Random random) {
        if (other.owned().isEmpty()) {
            return Optional.empty();
        }
        var theirs = oneOf(other.owned(), random);
        var method = oneOf(List.of("INVITE", "UPDATE", "REFER", "INFO", "MESSAGE", "BYE"), random);
        return step("spy sends " + method + " with a Call-ID of the other tenant", () -> {
            var reply = own.spy().requestWithin(theirs.callId(), method, "Refer-To: <sip:*68@" + own.domain + ">\r\n");
            // A BYE of a dialog that is over is welcome [RFC 3261 15.1.2 would have 481]; it must do nothing.
            assertThat(reply.status()).isEqualTo(method.equals("BYE") ? 200 : 481);
            assertThat(theirs.state()).isEqualTo(Call.State.ANSWERED);
        });
    }

    /** The edge asks for the secret of whom the From names. */
    static Optional<Step> forgeFrom(Side own, Side other, Random random) {
        var extension = oneOf(Side.EXTENSIONS, random);
        var number = oneOf(List.of("*88", "*88101", "*68", "102"), random);
        var target = oneOf(List.of(own.domain, other.domain), random);
        return step(extension + "@" + other.domain + " in the From, with our password, dials " + number + "@" + target,
                () -> {
                    try (var forger = own.phone(extension, target, own.password(extension))
                            .from("sip:" + extension + "@" + other.domain)
                            .open()) {
                        refused(forger.call(number)).isEqualTo(407);
                    }
                });
    }

    /** Who refers must be of the tenant; else the call is an announcement to whoever dialled. */
    static Optional<Step> forgeReferredBy(Side own, Side other, Random random) {
        var extension = oneOf(Side.EXTENSIONS, random);
        return step("spy dials *68, referred by " + extension + "@" + other.domain, () -> {
            var call = CallOperations.dial(200, () -> own.spy()
                    .dial("*68")
                    .header("Referred-By", "<sip:" + extension + "@" + other.domain + ">")
                    .start());
            HttpOperations.assertSees(own, 0);
            HttpOperations.assertSees(other, 1);
            assertThat(call.bye().status()).isEqualTo(200);
        });
    }

    static Optional<Step> registerAsTheirs(Side own, Side other, Random random) {
        var extension = oneOf(Side.EXTENSIONS, random);
        return step("our " + extension + " registers as " + extension + "@" + other.domain, () -> {
            try (var forger = own.phone(extension, other.domain, own.password(extension)).open()) {
                assertThat(forger.register(Duration.ofMinutes(1)).status()).isEqualTo(401);
            }
        });
    }

    static Optional<Step> trunkIntoTheirs(Side own, Side other, Random random) {
        var number = oneOf(List.of("101", "*88101", "*68101"), random);
        return step("our trunk calls " + number + "@" + other.domain, () -> {
            try (TestPhone trunk = own.trunk().open()) {
                refused(trunk.call("sip:" + number + "@" + other.domain)).isEqualTo(403);
            }
        });
    }

    private static IntegerAssert refused(Call call) {
        return new IntegerAssert(call.awaitFinalStatus(CallOperations.SOON));
    }
}
