package io.mooring.calls;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.mooring.lab.Lamp;
import io.mooring.lab.LossyRelay;
import io.mooring.lab.load.SippLoad;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.w3c.dom.Element;

/**
 * Some lamps of one key, behind one SIPp process: {@code sipp/lamp.xml}. What each of them believes is read in the log of SIPp: the NOTIFY with
 * the highest number that it has taken.
 */
final class SippLamps implements AutoCloseable {
    private static final Pattern ENTRY = Pattern.compile("(?m)^(BEGAN|TOOK|LEFT|OVER) ");
    private static final Pattern DIALOG = Pattern.compile("(?mi)^Call-ID:[ \\t]*(\\S+)");
    private static final Pattern NUMBER = Pattern.compile("(?mi)^CSeq:[ \\t]*([0-9]+)");
    private static final Pattern WHOLE = Pattern.compile("</dialog-info>|</x-broadworks-callpark-info>");

    /** The words of a subscription. */
    enum Dialect {
        DIALOG("dialog", "application/dialog-info+xml"), CALL_INFO("call-info",
                "application/x-broadworks-callpark-info+xml");

        private final String event;
        private final String accept;

        Dialect(String event, String accept) {
            this.event = event;
            this.accept = accept;
        }
    }

    /** What a lamp believes. */
    private record Believed(long number, String body) {}

    /** What of the truth a NOTIFY says: who waits, in this order, and under which ids when the dialect has them. */
    record Shown(List<String> callers, List<String> ids) {}

    private final String name;
    private final Dialect dialect;
    private final int lamps;
    private final List<String> places;
    private final LossyRelay relay;
    private final SippLoad sipp;
    private final Path log;
    private long read;
    private String rest = "";
    /** By Call-ID: the subscriptions that are not over. */
    private final Map<String, Believed> believed = new LinkedHashMap<>();
    private long taken;
    private long ended;

    /** @param places where this key looks, in the order in which it shows them */
    SippLamps(Scene scene, Path folder, LossyRelay.Tally tally, long seed, int lamps, String user, String resource,
            Dialect dialect, List<String> places) throws IOException {
        this.name = resource + " of " + user + " in " + dialect.event;
        this.dialect = dialect;
        this.lamps = lamps;
        this.places = places;
        InetSocketAddress edge = scene.stack().sip();
        relay = new LossyRelay(edge, tally, seed);
        Files.createDirectories(folder);
        log = folder.resolve("lamps.log");
        Path users = folder.resolve("users.csv");
        Files.writeString(users, "SEQUENTIAL\n%s;[authentication username=%s password=secret-%s]\n"
                .formatted(user, user, user));
        sipp = SippLoad.start(folder, "lamp", relay.address(), List.of("-inf", users.toString(), "-key", "tenant",
                scene.tenant(), "-key", "resource", resource, "-key", "event", dialect.event, "-key", "accept",
                dialect.accept, "-i", "127.0.0.1", "-l", "" + lamps, "-m", "1000000", "-r", "10", "-trace_logs",
                "-log_file", log.toString(), "-pause_msg_ign", "-timeout", "3600s"));
    }

    LossyRelay relay() {
        return relay;
    }

    List<String> places() {
        return places;
    }

    /** How many NOTIFYs they took, so far. */
    long taken() {
        return taken;
    }

    /** How many subscriptions ended that were not given up by the phone. */
    long ended() {
        return ended;
    }

    /** How many lamps should be there. */
    int lamps() {
        return lamps;
    }

    /** True when each shows all calls, and their ids; false when it shows the first only. */
    boolean tellsAll() {
        return dialect == Dialect.DIALOG;
    }

    String complaints() {
        return sipp.complaints();
    }

    /** What each lamp shows now, by Call-ID; empty callers and ids: it is dark. A lamp that has heard nothing yet is not in it. */
    Map<String, Shown> shown() {
        readOn();
        var shown = new LinkedHashMap<String, Shown>();
        believed.forEach((dialog, last) -> {
            if (last.number > 0) {
                shown.put(dialog, dialect == Dialect.DIALOG ? dialogs(last.body) : callPark(last.body));
            }
        });
        return shown;
    }

    /** Which NOTIFY a lamp believes, for a report. */
    String last(String dialog) {
        return String.valueOf(believed.get(dialog));
    }

    private static Shown dialogs(String body) {
        var calls = Lamp.shown(body);
        return new Shown(calls.stream().map(call -> user(call.remote())).toList(),
                calls.stream().map(Lamp.Shown::id).toList());
    }

    private static Shown callPark(String body) {
        var found = Lamp.parse(body).getElementsByTagNameNS("*", "identity");
        return new Shown(
                found.getLength() == 0 ? List.of() : List.of(user(((Element) found.item(0)).getTextContent())),
                List.of());
    }

    private static String user(String uri) {
        return uri.replaceAll("sip:([^@]*)@.*", "$1");
    }

    private void readOn() {
        var text = rest + grown();
        var starts = ENTRY.matcher(text).results().map(found -> found.start()).toList();
        int done = 0;
        for (int i = 0; i < starts.size(); i++) {
            boolean newest = i + 1 == starts.size();
            var entry = text.substring(starts.get(i), newest ? text.length() : starts.get(i + 1));
            // The newest may be in the middle of being written.
            if (newest && !(entry.startsWith("TOOK") ? WHOLE.matcher(entry).find() : entry.endsWith("\n"))) {
                break;
            }
            note(entry);
            done = newest ? text.length() : starts.get(i + 1);
        }
        rest = text.substring(done);
    }

    private String grown() {
        if (!Files.exists(log)) {
            return "";
        }
        try (var file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(read);
            var bytes = new byte[(int) (file.length() - read)];
            file.readFully(bytes);
            read += bytes.length;
            return new String(bytes, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void note(String entry) {
        var dialog = entry.substring(5).strip();
        switch (entry.substring(0, 4)) {
            case "BEGA" -> believed.putIfAbsent(entry.substring(6).strip(), new Believed(0, ""));
            case "TOOK" -> {
                taken++;
                var number = Long.parseLong(first(NUMBER, entry));
                var body = entry.substring(entry.indexOf("<?xml"));
                believed.computeIfPresent(first(DIALOG, entry),
                        (same, last) -> number > last.number ? new Believed(number, body.strip()) : last);
            }
            default -> {
                if (believed.remove(dialog) != null && entry.startsWith("OVER")) {
                    ended++;
                }
            }
        }
    }

    private static String first(Pattern pattern, String text) {
        var found = pattern.matcher(text);
        if (!found.find()) {
            throw new IllegalStateException("no " + pattern + " in " + text);
        }
        return found.group(1);
    }

    @Override
    public void close() {
        sipp.close();
        relay.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
