package io.mooring.dispatch;

import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.edge.UnavailableException;
import io.mooring.sip.SipMessage;
import io.vertx.core.Context;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An edge and the phones behind it, without sockets: thousands of calls in a minute. It hands events to the nodes, each at any of
 * them, and does what they order; its phones answer re-INVITEs, acknowledge what they are answered, and remember what became of
 * them.
 */
final class ManyPhones {
    private static final String SOCKET = "udp:127.0.0.1:5060";
    private static final long LIMIT_NANOS = 20_000_000_000L;

    /** A node and where its events run. */
    record At(EventRouter node, Context context) {}

    /** One side of a dialog. */
    static final class Phone {
        final String user;
        final String callId;
        final String from;
        final String to;
        final String sdp;
        volatile String owner = "";
        volatile String toTag = "";
        /** Final reply to its last request. */
        volatile int status;
        volatile String headers = "";
        volatile String body = "";
        /** Status in the last NOTIFY of its REFER. */
        volatile String notified = "";
        volatile String notifyHeaders = "";
        volatile String byeHeaders = "";
        /** Body of its INFOs. */
        volatile String info = "";
        /** It has sent a BYE. */
        volatile boolean left;
        /** It was sent one. */
        volatile boolean hungUp;
        private volatile int cseq;
        private long notifiedCseq;

        /** One that was overtaken is none [RFC 3261 12.2.2]. */
        private synchronized void notified(long number, EdgeAction.Send notify) {
            if (number > notifiedCseq) {
                notifiedCseq = number;
                notifyHeaders = notify.headers();
                notified = notify.body().strip();
            }
        }

        Phone(String user, String callId, String from, String to, String sdp) {
            this.user = user;
            this.callId = callId;
            this.from = from;
            this.to = to;
            this.sdp = sdp;
        }
    }

    private final String tenant;
    private final String control;
    private final List<At> nodes;
    private final Map<String, Phone> phones = new ConcurrentHashMap<>();
    private final Map<String, Phone> transactions = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicInteger busy = new AtomicInteger();
    /** What no event may lead to. */
    final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** @param control where the nodes post orders to, which then come to {@link #ordered} */
    ManyPhones(String tenant, String control, List<At> nodes) {
        this.tenant = tenant;
        this.control = control;
        this.nodes = nodes;
    }

    static String sdp(int telephoneEvents) {
        return "v=0\r\no=- 1 1 IN IP4 10.0.0.3\r\ns=-\r\nc=IN IP4 10.0.0.3\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 "
                + telephoneEvents + "\r\na=rtpmap:" + telephoneEvents + " telephone-event/8000\r\n";
    }

    /** A call between two, as the edge has proxied it: the user and a party from outside. */
    record Talk(Phone user, Phone party) {}

    Talk talk(String user) {
        String callId = "talk-" + numbers.incrementAndGet();
        String inside = "<sip:" + user + "@" + tenant + ">;tag=u";
        String outside = "<sip:+4930@trunk.example>;tag=w";
        return new Talk(add(new Phone(user, callId, inside, outside, sdp(101))),
                add(new Phone("", callId, outside, inside, sdp(101))));
    }

    /** A phone that will dial. @param asked whether the parked party has to be asked about its media */
    Phone phone(String user, String code, boolean asked) {
        return add(new Phone(user, "dial-" + numbers.incrementAndGet(), "<sip:" + user + "@" + tenant + ">;tag=r",
                "<sip:" + code + "@" + tenant + ">", sdp(asked ? 96 : 101)));
    }

    private Phone add(Phone phone) {
        phones.put(key(phone.callId, phone.from), phone);
        return phone;
    }

    private static String key(String callId, String address) {
        return callId + address.substring(address.indexOf(";tag="));
    }

    /** Sends a request after a while; does not wait. */
    void send(Phone phone, String method, String uriUser, String more, long delayNanos) {
        send(phone, method, uriUser, "", more, delayNanos);
    }

    /** @param uriParams of the Request-URI, with a semicolon before each */
    void send(Phone phone, String method, String uriUser, String uriParams, String more, long delayNanos) {
        boolean ack = method.equals("ACK");
        int cseq = ack ? phone.cseq : ++phone.cseq;
        if (method.equals("BYE")) {
            phone.left = true;
        }
        String number = numbers.incrementAndGet() + ":7";
        if (!ack) {
            phone.status = 0;
            transactions.put(number, phone);
        }
        String to = phone.toTag.isEmpty() || phone.to.contains(";tag=") ? phone.to : phone.to + ";tag=" + phone.toTag;
        String body = method.equals("INVITE") ? phone.sdp : method.equals("INFO") ? phone.info : "";
        String source = "udp:127.0.0." + (phone.user.isEmpty() ? 2 : 1) + ":41002";
        String message = method + " sip:" + uriUser + "@" + tenant
                + uriParams + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK"
                + number.replace(":", "x") + "\r\nFrom: " + phone.from + "\r\nTo: " + to + "\r\nCall-ID: "
                + phone.callId
                + "\r\nCSeq: " + cseq + " " + method + "\r\nContact: <sip:" + phone.user + "x@"
                + source.substring(4) + ">\r\n" + more
                + (method.equals("INVITE") ? "Content-Type: application/sdp\r\n" : "")
                + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        hand(phone, new EdgeEvent("edge-1", control, EdgeEvent.Kind.REQUEST, "c-" + number, ack ? "" : number, tenant,
                phone.user, "", phone.owner, source, SOCKET, message), delayNanos);
    }

    /** As the edge does: to any node, and to the other one when that one cannot. */
    private void hand(@Nullable Phone from, EdgeEvent event, long delayNanos) {
        busy.incrementAndGet();
        Thread.startVirtualThread(() -> {
            LockSupport.parkNanos(delayNanos);
            hand(from, event, ThreadLocalRandom.current().nextInt(nodes.size()), nodes.size());
        });
    }

    private void hand(@Nullable Phone from, EdgeEvent event, int at, int left) {
        nodes.get(at).context.runOnContext(_ -> {
            try {
                List<EdgeAction> actions = nodes.get(at).node.handle(event);
                actions.forEach(action -> carryOut(from, action));
                done();
            } catch (UnavailableException e) {
                if (left > 1) {
                    hand(from, event, (at + 1) % nodes.size(), left - 1);
                } else {
                    failures.add(e);
                    done();
                }
            } catch (RuntimeException | AssertionError e) {
                failures.add(e);
                done();
            }
        });
    }

    /** An action that no event asked for. */
    void ordered(JsonObject action) {
        if ("own".equals(action.getString("do"))) {
            carryOut(null, new EdgeAction.Own(action.getString("dialog"), action.getString("owner")));
        }
        if ("send".equals(action.getString("do"))) {
            carryOut(null, new EdgeAction.Send(action.getString("method"), action.getString("uri"),
                    action.getString("next"), action.getString("socket"), action.getString("headers"),
                    action.getString("body")));
        }
    }

    private void carryOut(@Nullable Phone asked, EdgeAction action) {
        switch (action) {
            case EdgeAction.Reply reply -> {
                Phone phone = transactions.remove(reply.transaction());
                if (phone != null && reply.status() >= 200) {
                    answered(phone, reply);
                }
            }
            case EdgeAction.Send send -> sent(send);
            case EdgeAction.Own own -> phones.values()
                    .stream()
                    .filter(phone -> phone.callId.equals(own.dialog()))
                    .forEach(phone -> phone.owner = own.owner());
            default -> {}
        }
    }

    private void answered(Phone phone, EdgeAction.Reply reply) {
        boolean dialled = phone.toTag.isEmpty() && phone.callId.startsWith("dial-");
        phone.headers = reply.headers();
        phone.body = reply.body();
        if (dialled && reply.status() == 200) {
            phone.toTag = reply.toTag();
        }
        phone.status = reply.status();
        changed();
        if (dialled && reply.status() == 200) {
            send(phone, "ACK", "x", "", 0);
        }
    }

    private void sent(EdgeAction.Send send) {
        SipMessage request = SipMessage.parse(
                send.method() + " " + send.uri() + " SIP/2.0\r\n" + send.headers() + "\r\n" + send.body());
        Phone phone = phones.get(key(request.callId(), request.required("to")));
        if (phone == null) {
            failures.add(new AssertionError("to nobody: " + send));
            return;
        }
        switch (send.method()) {
            case "BYE" -> {
                phone.byeHeaders = send.headers();
                phone.hungUp = true;
            }
            case "NOTIFY" -> {
                phone.notified(request.cseq().number(), send);
            }
            case "INVITE" -> {
                boolean gone = phone.left || phone.hungUp;
                String message = "SIP/2.0 " + (gone ? "481 Gone" : "200 OK")
                        + "\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nFrom: "
                        + request.required("from") + "\r\nTo: " + request.required("to") + "\r\nCall-ID: "
                        + request.callId() + "\r\nCSeq: " + request.required("cseq") + "\r\n"
                        + (gone
                                ? "Content-Length: 0\r\n\r\n"
                                : "Contact: <sip:+4930@127.0.0.2:5070>\r\nContent-Type: application/sdp\r\nContent-Length: "
                                        + phone.sdp.length() + "\r\n\r\n" + phone.sdp);
                hand(null, new EdgeEvent("edge-1", control, EdgeEvent.Kind.REPLY, "c-" + numbers.incrementAndGet(), "",
                        "", "", "", phone.owner, "udp:127.0.0.2:5070", SOCKET, message), 0);
            }
            default -> {}
        }
    }

    /** Forgets phones that have done their work. */
    void forget(List<Phone> done) {
        done.forEach(phone -> phones.remove(key(phone.callId, phone.from)));
    }

    private void done() {
        busy.decrementAndGet();
        changed();
    }

    private synchronized void changed() {
        notifyAll();
    }

    /** Waits until no event is under way. */
    void settle() {
        await(() -> busy.get() == 0);
    }

    /** Waits until the last request of a phone has its final reply. */
    void awaitReply(Phone phone) {
        await(() -> phone.status != 0);
    }

    private synchronized void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        while (!condition.getAsBoolean()) {
            long millis = (deadline - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                throw new AssertionError("events do not come to an end");
            }
            try {
                wait(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }
}
