package io.mooring.lab.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * When a SIPp process sent and received its messages ({@code -trace_shortmsg}), to the microsecond; the times that it measures itself
 * ({@code -trace_rtt}) go in steps of its clock, 4 ms.
 */
public final class SippMessages {
    private static final int FIELDS = 7;
    private static final int FINAL = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int PROXY_UNAUTHORIZED = 407;

    /**
     * @param millis since 1970
     * @param start the start line
     */
    private record Message(double millis, boolean sent, int number, String method, String start) {

        /** Of a response; 0: it is a request. */
        int status() {
            return start.startsWith("SIP/2.0 ") ? Integer.parseInt(start.substring(8, 11)) : 0;
        }
    }

    private final Map<String, List<Message>> calls = new HashMap<>();

    private SippMessages() {}

    /** What is in a folder of SIPp; nothing when it has traced none. */
    public static SippMessages in(Path folder) {
        var messages = new SippMessages();
        try (var logs = Files.newDirectoryStream(folder, "*_shortmessages.log")) {
            for (Path log : logs) {
                Files.readAllLines(log, StandardCharsets.ISO_8859_1).forEach(messages::add);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return messages;
    }

    private void add(String line) {
        String[] fields = line.split("\t");
        if (fields.length < FIELDS || !fields[5].startsWith("CSeq:")) {
            return;
        }
        String[] sequence = fields[5].substring("CSeq:".length()).trim().split(" +");
        calls.computeIfAbsent(fields[4], call -> new ArrayList<>())
                .add(new Message(Double.parseDouble(fields[2]) * 1_000, fields[3].equals("S"),
                        Integer.parseInt(sequence[0]), sequence[1], fields[6]));
    }

    /** A message of a call: the first one of those with the greatest CSeq number, so no repetition. */
    public record Which(boolean sent, String method, String start) {

        public static Which sent(String method, String start) {
            return new Which(true, method, start);
        }

        public static Which received(String method, String start) {
            return new Which(false, method, start);
        }
    }

    private OptionalDouble time(String call, Which which) {
        Message found = null;
        for (Message message : calls.getOrDefault(call, List.of())) {
            if (message.sent() == which.sent() && message.method().equals(which.method())
                    && message.start().startsWith(which.start())
                    && (found == null || message.number() > found.number())) {
                found = message;
            }
        }
        return found == null ? OptionalDouble.empty() : OptionalDouble.of(found.millis());
    }

    /**
     * A request and its final answer.
     *
     * @param atMillis when it was sent for the first time, since 1970
     * @param status 0 when there was no answer
     * @param tookMillis NaN when there was none
     */
    public record Exchange(double atMillis, int status, double tookMillis) {}

    /** The requests of a method that were sent, but those that a challenge answered. */
    public List<Exchange> exchanges(String method) {
        return calls.values()
                .stream()
                .flatMap(call -> call.stream()
                        .filter(message -> message.sent() && message.start().startsWith(method + " "))
                        .collect(Collectors.toMap(Message::number, Function.identity(), (first, again) -> first))
                        .values()
                        .stream()
                        .map(request -> exchange(call, request)))
                .filter(it -> it.status() != UNAUTHORIZED && it.status() != PROXY_UNAUTHORIZED)
                .sorted(Comparator.comparingDouble(Exchange::atMillis))
                .toList();
    }

    private static Exchange exchange(List<Message> call, Message request) {
        return call.stream()
                .filter(message -> !message.sent() && message.number() == request.number()
                        && message.method().equals(request.method()) && message.status() >= FINAL)
                .findFirst()
                .map(it -> new Exchange(request.millis(), it.status(), it.millis() - request.millis()))
                .orElseGet(() -> new Exchange(request.millis(), 0, Double.NaN));
    }

    /** Of all calls that have both. */
    public Percentiles between(Which from, Which to) {
        return between(from, this, to);
    }

    /** The same, with the second message at another process on this machine. */
    public Percentiles between(Which from, SippMessages other, Which to) {
        return Percentiles.of(calls.keySet().stream().mapToDouble(call -> {
            OptionalDouble began = time(call, from);
            OptionalDouble ended = other.time(call, to);
            return began.isPresent() && ended.isPresent() ? ended.getAsDouble() - began.getAsDouble() : Double.NaN;
        }).filter(Double::isFinite).toArray());
    }
}
