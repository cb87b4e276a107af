package io.mooring.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.LocalTime;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way between an edge and a phone of SIPp with subscriptions, over UDP, like a NAT: it loses and delays NOTIFYs and their answers, and in a
 * header of its own it tells the phone what to do with each ({@code sipp/lamp.xml}). SUBSCRIBEs get through.
 *
 * <p>It sees all NOTIFYs, also those that it loses: of one number there must be one body only.
 */
public final class LossyRelay implements AutoCloseable {
    private static final int LARGEST = 65_535;
    private static final int BUFFER = 4 * 1_024 * 1_024;
    private static final Pattern DIALOG = Pattern.compile("(?mi)^Call-ID:[ \\t]*([^\\r\\n]*)\\r\\n");
    private static final Pattern NUMBER = Pattern.compile("(?mi)^CSeq:[ \\t]*([0-9]+)[ \\t]+NOTIFY\\r\\n");
    private static final Pattern CSEQ = Pattern.compile("(?mi)^CSeq:[ \\t]*([^\\r\\n]*)\\r\\n");
    private static final Pattern MARK = Pattern.compile("(?m)^(X-Lab: [0-9])\\r\\n");
    private static final Pattern VERSION = Pattern.compile("<dialog-info[^>]* version=\"([0-9]+)\"");

    /** In percent: of datagrams, of NOTIFYs and of their answers. */
    private static final int LOST = 15;
    private static final int DELAYED = 12;
    private static final int ANSWERS_LOST = 10;
    private static final int DELAY_MILLIS = 1_500;
    /** In a row; after six a subscription would end. */
    private static final int MOST_REFUSED = 2;

    /** What a phone does with a NOTIFY: the digit of its header is its place here. */
    private enum Fate {
        TAKEN, REFUSED, REFUSED_FOR_A_WHILE, LATE, TAKEN_AND_REFRESHED, TAKEN_AND_LEFT
    }

    /** Counts, of all relays of a test together. */
    public static final class Tally {
        /** NOTIFYs that an edge sent, each once. */
        public final AtomicLong notifies = new AtomicLong();
        /** Datagrams of NOTIFYs, and of answers to them. */
        public final AtomicLong lost = new AtomicLong();
        public final AtomicLong answersLost = new AtomicLong();
        public final AtomicLong delayed = new AtomicLong();
        /** NOTIFYs that the phone refuses, or answers late. */
        public final AtomicLong refused = new AtomicLong();
        public final AtomicLong refusedForAWhile = new AtomicLong();
        public final AtomicLong late = new AtomicLong();
        public final AtomicLong refreshed = new AtomicLong();
        public final AtomicLong left = new AtomicLong();
        /** What must never be. */
        public final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    }

    private static final int REMEMBERED = 40;

    private record Seen(UUID body, Fate fate) {}

    private final Tally tally;
    private final Random random;
    private final InetSocketAddress edge;
    private final DatagramSocket toEdge;
    private final DatagramSocket toPhone;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    /** By Call-ID. */
    private final Map<String, Integer> refusedInARow = new ConcurrentHashMap<>();
    /** By Call-ID: what was carried and lost last, with the time. */
    private final Map<String, Deque<String>> histories = new ConcurrentHashMap<>();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("relay-later").factory());
    private volatile boolean kind = true;
    private volatile InetSocketAddress phone = new InetSocketAddress("127.0.0.1", 9);

    public LossyRelay(InetSocketAddress edge, Tally tally, long seed) throws IOException {
        this.edge = edge;
        this.tally = tally;
        this.random = new Random(seed);
        toEdge = open();
        toPhone = open();
        Thread.ofPlatform().daemon().name("relay-down").start(() -> pump(toEdge, this::fromEdge));
        Thread.ofPlatform().daemon().name("relay-up").start(() -> pump(toPhone, this::fromPhone));
    }

    private static DatagramSocket open() throws IOException {
        var socket = new DatagramSocket(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
        socket.setReceiveBufferSize(BUFFER);
        return socket;
    }

    /** Where the phone sends to, {@code address:port}. */
    public String address() {
        return "127.0.0.1:" + toPhone.getLocalPort();
    }

    /** From now on it does nothing to what it carries, or does its worst. */
    public void kind(boolean nothingIsLost) {
        kind = nothingIsLost;
    }

    private interface Carrier {
        void carry(String message, InetSocketAddress from);
    }

    private static void pump(DatagramSocket socket, Carrier carrier) {
        var packet = new DatagramPacket(new byte[LARGEST], LARGEST);
        try {
            while (true) {
                packet.setLength(LARGEST);
                socket.receive(packet);
                carrier.carry(new String(packet.getData(), 0, packet.getLength(), UTF_8),
                        (InetSocketAddress) packet.getSocketAddress());
            }
        } catch (SocketException e) {
            // Closed: the end of the test.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void fromPhone(String message, InetSocketAddress from) {
        phone = from;
        boolean lost = !kind && message.startsWith("SIP/2.0 ") && NUMBER.matcher(message).find()
                && chance(ANSWERS_LOST);
        note(message, lost ? "lost" : "");
        if (lost) {
            tally.answersLost.incrementAndGet();
        } else {
            send(toEdge, message, edge);
        }
    }

    private void fromEdge(String message, InetSocketAddress from) {
        if (!message.startsWith("NOTIFY ")) {
            note(message, "");
            send(toPhone, message, phone);
            return;
        }
        var fate = fate(message);
        if (!kind && chance(LOST)) {
            tally.lost.incrementAndGet();
            note(message, "lost");
            return;
        }
        int end = message.indexOf("\r\n") + 2;
        var told = message.substring(0, end) + "X-Lab: " + (kind ? Fate.TAKEN : fate).ordinal() + "\r\n"
                + message.substring(end);
        if (!kind && chance(DELAYED)) {
            tally.delayed.incrementAndGet();
            int millis = 1 + number(DELAY_MILLIS);
            note(told, "in " + millis + " ms");
            later.schedule(() -> send(toPhone, told, phone), millis, TimeUnit.MILLISECONDS);
        } else {
            note(told, "");
            send(toPhone, told, phone);
        }
    }

    /** The same each time that a NOTIFY comes. */
    private Fate fate(String notify) {
        var dialog = first(DIALOG, notify);
        var number = first(NUMBER, notify);
        var text = notify.substring(notify.indexOf("\r\n\r\n") + 4);
        var body = UUID.nameUUIDFromBytes(text.getBytes(UTF_8));
        var version = VERSION.matcher(text);
        if (version.find() && Long.parseLong(version.group(1)) != Long.parseLong(number) - 1) {
            tally.wrong.add(dialog + ": NOTIFY " + number + " bears version " + version.group(1));
        }
        var known = seen.get(dialog + " " + number);
        if (known != null) {
            if (!known.body.equals(body)) {
                tally.wrong.add(dialog + ": NOTIFY " + number + " came with two bodies, the later " + text);
            }
            return known.fate;
        }
        tally.notifies.incrementAndGet();
        var fate = kind ? Fate.TAKEN : newFate(dialog);
        seen.put(dialog + " " + number, new Seen(body, fate));
        return fate;
    }

    private Fate newFate(String dialog) {
        int luck = number(1_000);
        int row = refusedInARow.getOrDefault(dialog, 0);
        if (luck < 80 && row < MOST_REFUSED) {
            refusedInARow.put(dialog, row + 1);
            (luck < 40 ? tally.refused : tally.refusedForAWhile).incrementAndGet();
            return luck < 40 ? Fate.REFUSED : Fate.REFUSED_FOR_A_WHILE;
        }
        refusedInARow.put(dialog, 0);
        if (luck < 130) {
            tally.late.incrementAndGet();
            return Fate.LATE;
        } else if (luck < 140) {
            tally.refreshed.incrementAndGet();
            return Fate.TAKEN_AND_REFRESHED;
        } else if (luck < 145) {
            tally.left.incrementAndGet();
            return Fate.TAKEN_AND_LEFT;
        }
        return Fate.TAKEN;
    }

    private void note(String message, String how) {
        var history = histories.computeIfAbsent(first(DIALOG, message), none -> new ConcurrentLinkedDeque<>());
        history.add("  " + LocalTime.now() + " " + message.lines().findFirst().orElse("") + " "
                + first(CSEQ, message) + " " + first(MARK, message) + " " + how);
        if (history.size() > REMEMBERED) {
            history.poll();
        }
    }

    /** What was done last to the messages of a subscription, a line each. */
    public String history(String dialog) {
        return String.join("\n", histories.getOrDefault(dialog, new ConcurrentLinkedDeque<>()));
    }

    private static String first(Pattern pattern, String message) {
        Matcher found = pattern.matcher(message);
        return found.find() ? found.group(1) : "";
    }

    private boolean chance(int percent) {
        return number(100) < percent;
    }

    private int number(int bound) {
        synchronized (random) {
            return random.nextInt(bound);
        }
    }

    private static void send(DatagramSocket socket, String message, InetSocketAddress to) {
        byte[] bytes = message.getBytes(UTF_8);
        try {
            socket.send(new DatagramPacket(bytes, bytes.length, to));
        } catch (IOException e) {
            // Nobody listens there just now, or the test is over: as good as lost.
            return;
        }
    }

    @Override
    public void close() {
        later.shutdownNow();
        List.of(toEdge, toPhone).forEach(DatagramSocket::close);
    }
}
