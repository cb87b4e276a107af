package io.mooring.isolation;

import static io.mooring.isolation.Operation.oneOf;
import static io.mooring.isolation.Operation.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.mooring.call.Places;
import io.mooring.isolation.Operation.Step;
import io.mooring.isolation.Side.Announced;
import io.mooring.isolation.Side.Parked;
import io.mooring.lab.Call;
import io.mooring.lab.Match;
import io.mooring.lab.TestPhone;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What people do with their phones. */
final class CallOperations {

    static final Duration SOON = Duration.ofSeconds(5);
    static final List<Operation> ALL = List.of(
            CallOperations::call, CallOperations::call, CallOperations::call, CallOperations::call,
            CallOperations::park, CallOperations::park, CallOperations::park, CallOperations::park,
            CallOperations::retrieve, CallOperations::retrieve, CallOperations::retrieve,
            CallOperations::parkAsReferred,
            CallOperations::announce, CallOperations::announce,
            CallOperations::parkAttended, CallOperations::parkAttended,
            CallOperations::giveUpAnnouncement,
            CallOperations::hear,
            CallOperations::hangUp,
            CallOperations::giveUpWaiting);

    /** What an operation gets that crosses the end of the one before, whose ACK may still be on its way: "try again". */
    private static final Set<Integer> NOT_YET = Set.of(480, 486, 491);

    private static final String NEXT_ORBIT = "the next orbit";

    private CallOperations() {}

    static Optional<Step> call(Side own, Side other, Random random) {
        var idle = own.idle(random);
        var callee = idle.stream().filter(own::isExtension).findFirst();
        var caller = idle.stream().filter(phone -> callee.isPresent() && phone != callee.get()).findFirst();
        if (caller.isEmpty()) {
            return Optional.empty();
        }
        return step(caller.get().user() + " calls " + callee.get().user(), () -> {
            var out = caller.get().call(callee.get().user());
            var in = callee.get().awaitCall(SOON);
            assertThat(in.callId()).as("the call that " + callee.get() + " got").isEqualTo(out.callId());
            in.ring();
            in.answer();
            out.awaitAnswered();
            own.talks.add(new Talk(caller.get(), out, callee.get(), in, false));
        });
    }

    static Optional<Step> park(Side own, Side other, Random random) {
        if (own.talks.isEmpty()) {
            return Optional.empty();
        }
        var talk = oneOf(own.talks, random);
        var parker = random.nextBoolean() && own.isExtension(talk.one()) ? talk.one() : talk.two();
        var code = oneOf(
                List.of("*68", "*68101", "*68102", "*68103", "*68104", "*68199", "*58", "*59", "*5942", "*5943",
                        "*599"),
                random);
        if (!own.isExtension(parker)) {
            return Optional.empty();
        }
        return step(parker.user() + " parks " + talk.peerOf(parker).user() + " with " + code,
                () -> park(own, talk, parker, code));
    }

    private static void park(Side own, Talk talk, TestPhone parker, String code) {
        var place = switch (code) {
            case "*68" -> "ext:" + parker.user();
            case "*58" -> "grp:sales";
            case "*59" -> NEXT_ORBIT;
            default -> (code.startsWith("*68") ? "ext:" : "orbit:") + code.substring(3);
        };
        var side = talk.sideOf(parker);
        int expected;
        if (Set.of("*68199", "*599").contains(code)) {
            expected = 404;
        } else if (code.equals("*58") && !Side.GROUP.contains(parker.user())) {
            expected = 403;
        } else {
            expected = own.isTaken(place) ? 486 : 202;
        }
        var mark = side.journal().mark();
        patiently(expected, () -> side.refer(code).status());
        if (expected == 202) {
            assertParked(own, talk, parker, place, mark);
        }
    }

    private static void assertParked(Side own, Talk talk, TestPhone parker, String wanted, int mark) {
        var side = talk.sideOf(parker);
        var notify = side.journal().awaitSince(mark, Match.requestOf("NOTIFY").withBody("SIP/2.0 200"), SOON);
        var place = notify.header("X-Mooring-Place").orElse("");
        if (wanted.equals(NEXT_ORBIT)) {
            assertThat(place).as("the next orbit").matches("orbit:[1-9][0-9]");
            assertThat(own.isTaken(place)).as(place + " is taken").isFalse();
        } else {
            assertThat(place).isEqualTo(wanted);
        }
        side.hangUp();
        own.talks.remove(talk);
        var waits = talk.peerOf(parker);
        own.parked.put(place, new Parked(waits, talk.sideOf(waits), parker.user()));
    }

    /** The first half of an attended transfer. */
    static Optional<Step> announce(Side own, Side other, Random random) {
        var phones = own.talks.stream()
                .flatMap(talk -> Stream.of(talk.one(), talk.two()))
                .filter(own::isExtension)
                .toList();
        if (phones.isEmpty()) {
            return Optional.empty();
        }
        var phone = oneOf(phones, random);
        var at = oneOf(List.of("", "101", "102", "103", "104", "199"), random);
        return step(phone.user() + " dials *68" + at + " to park", () -> {
            var place = "ext:" + (at.isEmpty() ? phone.user() : at);
            var expected = at.equals("199") ? 404 : own.isTaken(place) ? 486 : 200;
            var call = dial(expected, () -> phone.call("*68" + at));
            if (expected == 200) {
                own.announced.put(place, new Announced(phone, call));
            }
        });
    }

    /** The second half. */
    static Optional<Step> parkAttended(Side own, Side other, Random random) {
        for (var place : own.announced.keySet()) {
            var announced = own.announced.get(place);
            var parker = announced.phone();
            var talk = own.talks.stream().filter(it -> it.one() == parker || it.two() == parker).findFirst();
            if (talk.isPresent()) {
                return step(parker.user() + " completes the transfer to " + place, () -> {
                    var side = talk.get().sideOf(parker);
                    var mark = side.journal().mark();
                    patiently(202, () -> side.referTo("*68", announced.call()).reply().status());
                    assertParked(own, talk.get(), parker, place, mark);
                    announced.call().awaitEnded();
                    own.announced.remove(place);
                });
            }
        }
        return Optional.empty();
    }

    static Optional<Step> giveUpAnnouncement(Side own, Side other, Random random) {
        if (own.announced.isEmpty()) {
            return Optional.empty();
        }
        var place = oneOf(List.copyOf(own.announced.keySet()), random);
        var announced = own.announced.get(place);
        return step(announced.phone().user() + " gives up the transfer to " + place, () -> {
            assertThat(announced.call().bye().status()).isEqualTo(200);
            own.announced.remove(place);
        });
    }

    /** The REFER went past the edge, and the transferee calls the code by itself. */
    static Optional<Step> parkAsReferred(Side own, Side other, Random random) {
        var idle = own.idleExtensions(random);
        if (idle.isEmpty()) {
            return Optional.empty();
        }
        var phone = idle.getFirst();
        var parker = oneOf(Side.EXTENSIONS.stream().filter(it -> !it.equals(phone.user())).toList(), random);
        return step(phone.user() + " dials *68, referred by " + parker, () -> {
            var expected = own.isTaken("ext:" + parker) ? 486 : 200;
            var call = dial(expected, () -> phone.dial("*68")
                    .header("Referred-By", "<sip:" + parker + "@" + own.domain + ">")
                    .start());
            if (expected == 200) {
                own.parked.put("ext:" + parker, new Parked(phone, call, parker));
            }
        });
    }

    static Optional<Step> retrieve(Side own, Side other, Random random) {
        var idle = own.idleExtensions(random);
        if (idle.isEmpty()) {
            return Optional.empty();
        }
        var phone = idle.getFirst();
        // Rather where somebody is.
        var at = own.parked.isEmpty() || random.nextInt(4) == 0
                ? oneOf(List.of("", "101", "102", "103", "104", "199", "10", "11", "42"), random)
                : Places.number(oneOf(List.copyOf(own.parked.keySet()), random));
        var hear = random.nextInt(4) == 0;
        return step(phone.user() + " dials *88" + at + (hear ? " and listens" : ""), () -> {
            var place = own.found(phone, at).orElse("");
            var waits = own.parked.get(place);
            var call = dial(waits == null ? 404 : 200, () -> phone.call("*88" + at));
            if (waits != null) {
                own.parked.remove(place);
                var answer = call.await(Match.replyTo("INVITE").withStatus(200), SOON);
                assertThat(answer.header("P-Asserted-Identity").orElse(""))
                        .as("who was parked, as the retriever sees it")
                        .contains("sip:" + waits.phone().user() + "@");
                var talk = new Talk(phone, call, waits.phone(), waits.call(), true);
                own.talks.add(talk);
                if (hear) {
                    talk.assertBothHear(other);
                }
            }
        });
    }

    static Optional<Step> hear(Side own, Side other, Random random) {
        if (own.talks.isEmpty()) {
            return Optional.empty();
        }
        var talk = oneOf(own.talks, random);
        return step(talk.one().user() + " and " + talk.two().user() + " listen", () -> talk.assertBothHear(other));
    }

    static Optional<Step> hangUp(Side own, Side other, Random random) {
        if (own.talks.isEmpty()) {
            return Optional.empty();
        }
        var talk = oneOf(own.talks, random);
        var first = random.nextBoolean();
        return step((first ? talk.one() : talk.two()).user() + " hangs up", () -> {
            talk.hangUp(first);
            own.talks.remove(talk);
        });
    }

    static Optional<Step> giveUpWaiting(Side own, Side other, Random random) {
        if (own.parked.isEmpty()) {
            return Optional.empty();
        }
        var place = oneOf(List.copyOf(own.parked.keySet()), random);
        var waits = own.parked.get(place);
        return step(waits.phone().user() + ", parked at " + place + ", hangs up", () -> {
            other.assertNotHeardBy(waits.call());
            assertThat(waits.call().bye().status()).isEqualTo(200);
            own.parked.remove(place);
        });
    }

    /** Calls until the final status is the expected one, or one that nothing explains. */
    static Call dial(int expected, Supplier<Call> attempt) {
        var calls = new Call[1];
        patiently(expected, () -> {
            calls[0] = attempt.get();
            return calls[0].awaitFinalStatus(SOON);
        });
        return calls[0];
    }

    private static void patiently(int expected, Supplier<Integer> attempt) {
        var deadline = System.nanoTime() + SOON.toNanos();
        int status;
        do {
            status = attempt.get();
        } while (status != expected && NOT_YET.contains(status) && System.nanoTime() < deadline);
        assertThat(status).as("final status").isEqualTo(expected);
    }
}
