package io.mooring.lab;

import java.util.function.Predicate;

/** What a test looks for among the messages of a phone, with a name for the message of a failed test. */
public final class Match implements Predicate<SipMessage> {

    private final String description;
    private final Predicate<SipMessage> predicate;

    private Match(String description, Predicate<SipMessage> predicate) {
        this.description = description;
        this.predicate = predicate;
    }

    /** A request that the phone received. */
    public static Match requestOf(String method) {
        return new Match("a " + method + " request",
                message -> message.received() && message.isRequest() && message.method().equals(method));
    }

    /** A reply that the phone received. */
    public static Match replyTo(String method) {
        return new Match("a reply to " + method,
                message -> message.received() && !message.isRequest() && message.method().equals(method));
    }

    /** A request or reply that the phone sent. */
    public static Match sent(String method) {
        return new Match("a sent " + method, message -> !message.received() && message.method().equals(method));
    }

    public Match withStatus(int status) {
        return and("status " + status, message -> message.status() == status);
    }

    public Match withBody(String part) {
        return and("\"" + part + "\" in the body", message -> message.body().contains(part));
    }

    public Match withoutBody() {
        return and("no body", message -> message.body().isEmpty());
    }

    public Match withHeader(String name, String part) {
        return and(name + " with \"" + part + "\"",
                message -> message.headers(name).stream().anyMatch(value -> value.contains(part)));
    }

    public Match inCall(String callId) {
        return and("in call " + callId, message -> message.callId().equals(callId));
    }

    public Match and(String what, Predicate<SipMessage> also) {
        return new Match(description + " with " + what, predicate.and(also));
    }

    @Override
    public boolean test(SipMessage message) {
        return predicate.test(message);
    }

    @Override
    public String toString() {
        return description;
    }
}
