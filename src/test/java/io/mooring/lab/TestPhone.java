package io.mooring.lab;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import io.mooring.lab.audio.Codec;
import io.mooring.lab.audio.RtpEndpoint;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import javax.sip.ServerTransaction;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.TransactionAlreadyExistsException;
import org.jspecify.annotations.Nullable;

/**
 * A SIP phone of the tests: registers, calls, is called, and speaks and hears through real RTP.
 *
 * <p>It does nothing by itself but what RFC 3261 asks of a user agent at once (ACK, 200 to a BYE or an in-dialog request,
 * authentication); whether and how it answers calls and re-INVITEs is for the test to say. Everything it sent and received is in
 * {@link #journal()}, and in the journal of each {@link Call}.
 */
public final class TestPhone implements AutoCloseable {

    /** How long a test waits for a final reply: longer than a SIP transaction lives. */
    static final Duration REPLY = Duration.ofSeconds(40);

    private static final AtomicInteger STACKS = new AtomicInteger();
    private static final AtomicInteger PITCH = new AtomicInteger();

    private final Builder settings;
    private final SipHost stack;
    private final boolean ownsStack;
    private final SipProvider provider;
    private final String host;
    private final int port;
    private final double toneHertz;
    private final Journal journal = new Journal();
    private final Map<String, Call> calls = new ConcurrentHashMap<>();
    private final Map<String, Call> invites = new ConcurrentHashMap<>();
    private final Map<String, Lamp> lamps = new ConcurrentHashMap<>();
    private final BlockingQueue<Call> incoming = new LinkedBlockingQueue<>();
    private final String registrationId = randomId();
    private final AtomicInteger registerCseq = new AtomicInteger();
    private volatile Consumer<Call> onInvite = call -> {};
    private volatile ToIntFunction<SipMessage> reinvites = Reinvites.answer();
    private volatile boolean registered;
    private @Nullable RtpEndpoint shared;

    /** How a phone is set up. */
    public static final class Builder {
        private InetSocketAddress edge = new InetSocketAddress("127.0.0.1", 5060);
        private String user = "anonymous";
        private String domain = "acme.example";
        private String fromUri = "";
        private String displayName = "";
        private String userAgent = "Mooring lab";
        private @Nullable String password;
        private String instance = "";
        private String transport = "udp";
        private String address = "127.0.0.1";
        private int port;
        private List<Codec> codecs = List.of(Codec.PCMA, Codec.PCMU);
        private boolean oneSocket;
        private List<String> video = List.of("audio");
        private double toneHertz;
        private @Nullable SipHost stack;

        /** Where everything outside a dialog is sent. */
        public Builder edge(InetSocketAddress edge) {
            this.edge = edge;
            return this;
        }

        public Builder user(String user) {
            this.user = user;
            return this;
        }

        /** The SIP domain of the phone and of what it dials. */
        public Builder domain(String domain) {
            this.domain = domain;
            return this;
        }

        /** What From says, when not {@code sip:user@domain}: a caller from a trunk has a domain of its own. */
        public Builder from(String uri) {
            this.fromUri = uri;
            return this;
        }

        public Builder displayName(String name) {
            this.displayName = name;
            return this;
        }

        /** What it says that it is. */
        public Builder userAgent(String agent) {
            this.userAgent = agent;
            return this;
        }

        public Builder password(String password) {
            this.password = password;
            return this;
        }

        /** By which its registrations are known to be of one device [RFC 5626 4.1]: a URN. */
        public Builder instance(String urn) {
            this.instance = urn;
            return this;
        }

        public Builder transport(String transport) {
            this.transport = transport.toLowerCase(Locale.ROOT);
            return this;
        }

        /** Any loopback address; 127.0.0.2 is that of the demo trunk. */
        public Builder address(String address) {
            this.address = address;
            return this;
        }

        public Builder port(int port) {
            this.port = port;
            return this;
        }

        public Builder codecs(Codec... codecs) {
            this.codecs = List.of(codecs);
            return this;
        }

        /** What the phone offers, in this order: {@code audio}, and {@code video}, of which it only speaks. */
        public Builder media(String... kinds) {
            video = List.of(kinds);
            return this;
        }

        public Builder tone(double hertz) {
            this.toneHertz = hertz;
            return this;
        }

        /** One RTP socket for all calls of the phone, which says nothing: for many quick calls. */
        public Builder oneSocketForAllCalls() {
            this.oneSocket = true;
            return this;
        }

        Builder stack(SipHost stack) {
            this.stack = stack;
            return this;
        }

        public TestPhone open() {
            return new TestPhone(this);
        }
    }

    private TestPhone(Builder settings) {
        this.settings = settings;
        // 30 pitches from 410 Hz to 2,730 Hz that are no multiples of each other within a call.
        this.toneHertz = settings.toneHertz != 0 ? settings.toneHertz : 410 + 80 * (PITCH.getAndIncrement() * 7 % 30);
        this.ownsStack = settings.stack == null && settings.transport.equals("tcp");
        this.stack = ownsStack
                ? new SipHost("mooring-lab-" + STACKS.incrementAndGet())
                : settings.stack == null ? SipHost.shared() : settings.stack;
        this.provider = stack.open(this, settings.address, settings.port, settings.transport);
        var point = provider.getListeningPoint(settings.transport);
        this.host = point.getIPAddress();
        this.port = point.getPort();
    }

    public static Builder builder() {
        return new Builder();
    }

    public String user() {
        return settings.user;
    }

    public double toneHertz() {
        return toneHertz;
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(host, port);
    }

    public Journal journal() {
        return journal;
    }

    public SipMessage await(Match match, Duration within) {
        return journal.await(match, within);
    }

    /** From now on, what to do with each incoming call at once; the handler must not wait for anything. */
    public TestPhone onInvite(Consumer<Call> handler) {
        this.onInvite = handler;
        return this;
    }

    public TestPhone answersCalls() {
        return onInvite(call -> {
            call.ring();
            call.answer();
        });
    }

    /** From now on, how the phone takes a re-INVITE in any of its calls. */
    public TestPhone onReinvite(ToIntFunction<SipMessage> reaction) {
        this.reinvites = reaction;
        return this;
    }

    /** The next incoming call that was not asked for yet. */
    public Call awaitCall(Duration within) {
        try {
            var call = incoming.poll(within.toNanos(), TimeUnit.NANOSECONDS);
            if (call == null) {
                throw new AssertionError(settings.user + " was not called in " + within + "; its journal:\n" + journal);
            }
            return call;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public boolean hasCall() {
        return !incoming.isEmpty();
    }

    // --- Outside a dialog ---

    public TestPhone register() {
        var reply = register(Duration.ofMinutes(10));
        if (reply.status() != 200) {
            throw new AssertionError(settings.user + " could not register:\n" + reply);
        }
        return this;
    }

    /** From now on it speaks to another edge, as a phone does whose own one is gone; it has to register there. */
    public TestPhone goTo(InetSocketAddress edge) {
        settings.edge = edge;
        return this;
    }

    /** @return the final reply, after the answer to a challenge */
    public SipMessage register(Duration expires) {
        var reply = reply(sendRegister(expires));
        registered = reply.status() == 200 && !expires.isZero();
        return reply;
    }

    private Exchange sendRegister(Duration expires) {
        var uri = "sip:" + settings.domain;
        return send(new Outline("REGISTER", uri, settings.edge, header("From", ownUri()) + ";tag=" + randomId(),
                header("To", ownUri()), registrationId, registerCseq::incrementAndGet,
                "Contact: " + contact()
                        + (settings.instance.isEmpty() ? "" : ";+sip.instance=\"<" + settings.instance + ">\"")
                        + "\r\nExpires: " + expires.toSeconds() + "\r\n",
                "", ""), null);
    }

    public void unregister() {
        register(Duration.ZERO);
    }

    /** @param target a number, or a SIP URI */
    public Call call(String target) {
        return dial(target).start();
    }

    public Dial dial(String target) {
        return new Dial(this, uri(target));
    }

    /** A request outside a dialog, such as OPTIONS or MESSAGE. */
    public SipMessage request(String method, String target, String headers, String contentType, String body) {
        var cseq = new AtomicInteger(ThreadLocalRandom.current().nextInt(1, 1_000));
        return reply(send(new Outline(method, uri(target), settings.edge,
                header("From", ownUri()) + ";tag=" + randomId(), header("To", uri(target)), randomId(),
                cseq::incrementAndGet, "Contact: " + contact() + "\r\n" + headers, contentType, body), null));
    }

    /** A request that pretends to be within a dialog of which the phone knows no more than the Call-ID. */
    public SipMessage requestWithin(String callId, String method, String headers) {
        return reply(send(new Outline(method, "sip:" + settings.domain, settings.edge,
                header("From", ownUri()) + ";tag=" + randomId(), header("To", uri("guess")) + ";tag=" + randomId(),
                callId, new AtomicInteger(1_000_000)::incrementAndGet, "Contact: " + contact() + "\r\n" + headers, "",
                ""), null));
    }

    /** A key that is to show what is parked, by {@code Event: dialog}; it has not subscribed yet. */
    public Lamp lamp(String target) {
        return new Lamp(this, target, "Event: dialog\r\nAccept: application/dialog-info+xml\r\n");
    }

    /** The same with headers of its own. */
    public Lamp lamp(String target, String headers) {
        return new Lamp(this, target, headers);
    }

    // --- For calls ---

    void add(Lamp lamp) {
        lamps.put(lamp.key(), lamp);
    }

    String uri(String target) {
        return target.startsWith("sip:")
                ? target
                : target.contains("@") ? "sip:" + target : "sip:" + target + "@" + settings.domain;
    }

    String ownUri() {
        var uri = settings.fromUri.isEmpty() ? "sip:" + settings.user + "@" + settings.domain : settings.fromUri;
        return settings.displayName.isEmpty() ? "<" + uri + ">" : "\"" + settings.displayName + "\" <" + uri + ">";
    }

    String contact() {
        return "<sip:%s@%s:%d%s>".formatted(settings.user, host, port,
                settings.transport.equals("udp") ? "" : ";transport=" + settings.transport);
    }

    /** Where it receives: address and port. */
    public String where() {
        return host + ":" + port;
    }

    SipHost stack() {
        return stack;
    }

    List<Codec> codecs() {
        return settings.codecs;
    }

    InetSocketAddress edge() {
        return settings.edge;
    }

    ToIntFunction<SipMessage> reinvites() {
        return reinvites;
    }

    /** The media end of a new call. */
    synchronized RtpEndpoint openMedia() {
        if (!settings.oneSocket) {
            return new RtpEndpoint(settings.address, toneHertz);
        }
        if (shared == null) {
            shared = new RtpEndpoint(settings.address, toneHertz);
            shared.mute(true);
        }
        return shared;
    }

    List<String> video() {
        return settings.video;
    }

    boolean sharesMedia() {
        return settings.oneSocket;
    }

    void add(Call call) {
        calls.put(call.key(), call);
    }

    /** What an INVITE outside a dialog, its retransmissions and its CANCEL have in common. */
    private static String inviteKey(SipMessage message) {
        return message.callId() + " " + message.fromTag() + " " + message.cseq();
    }

    @Nullable
    Call callOf(String callId, String localTag) {
        return calls.get(Call.key(callId, localTag));
    }

    /** What a request consists of, but for its CSeq, which a retry with credentials counts on. */
    record Outline(String method, String uri, InetSocketAddress next, String from, String to, String callId,
            java.util.function.IntSupplier cseq, String headers, String contentType, String body) {

        Outline withHeader(String line) {
            return new Outline(method, uri, next, from, to, callId, cseq, headers + line, contentType, body);
        }
    }

    Exchange send(Outline outline, @Nullable Call call) {
        return send(outline, call, new CompletableFuture<>(), settings.password != null);
    }

    private Exchange send(Outline outline, @Nullable Call call, CompletableFuture<SipMessage> reply, boolean mayRetry) {
        var request = build(outline, outline.cseq().getAsInt(), "z9hG4bK" + randomId());
        var sent = new SipMessage(request, false);
        var exchange = new Exchange(sent, call,
                mayRetry ? header -> send(outline.withHeader(header), call, reply, false) : null, reply);
        note(sent, call);
        try {
            var transaction = provider.getNewClientTransaction(request);
            transaction.setApplicationData(exchange);
            exchange.transaction = transaction;
            if (call != null) {
                call.sending(exchange);
            }
            transaction.sendRequest();
        } catch (SipException e) {
            reply.completeExceptionally(e);
        }
        return exchange;
    }

    /** An ACK to a 2xx has no transaction [RFC 3261 13.2.2.4]. */
    void sendAck(SipMessage ack) {
        try {
            provider.sendRequest((SIPRequest) ack.jain());
        } catch (SipException e) {
            // As good as lost: the 2xx comes again.
        }
    }

    void cancel(Exchange invite) {
        var transaction = invite.transaction;
        if (transaction == null) {
            throw new IllegalStateException("nothing to cancel");
        }
        try {
            var cancel = (SIPRequest) transaction.createCancel();
            cancel.setApplicationData(((SIPRequest) transaction.getRequest()).getApplicationData());
            var sent = new SipMessage(cancel, false);
            note(sent, invite.call);
            var cancelling = provider.getNewClientTransaction(cancel);
            cancelling.setApplicationData(new Exchange(sent, invite.call, null, new CompletableFuture<>()));
            cancelling.sendRequest();
        } catch (SipException e) {
            throw new IllegalStateException(e);
        }
    }

    SIPRequest build(Outline outline, int cseq, String branch) {
        var text = new StringBuilder("%s %s SIP/2.0\r\n".formatted(outline.method, outline.uri));
        text.append("Via: SIP/2.0/%s %s:%d;branch=%s;rport\r\n".formatted(
                settings.transport.toUpperCase(Locale.ROOT), host, port, branch));
        text.append("Max-Forwards: 70\r\n").append(outline.from).append("\r\n").append(outline.to).append("\r\n");
        text.append("Call-ID: ")
                .append(outline.callId)
                .append("\r\nCSeq: ")
                .append(cseq)
                .append(' ')
                .append(outline.method)
                .append("\r\nUser-Agent: ")
                .append(settings.userAgent)
                .append("\r\n")
                .append(outline.headers);
        if (!outline.contentType.isEmpty()) {
            text.append("Content-Type: ").append(outline.contentType).append("\r\n");
        }
        text.append("Content-Length: ")
                .append(outline.body.getBytes(StandardCharsets.UTF_8).length)
                .append("\r\n\r\n")
                .append(outline.body);
        return stack.request(text.toString(), outline.next, settings.transport);
    }

    static String header(String name, String address) {
        return name + ": " + (address.contains("<") ? address : "<" + address + ">");
    }

    static String randomId() {
        return Long.toHexString(ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE);
    }

    /** Waits for the final reply. */
    static SipMessage reply(Exchange exchange) {
        return reply(exchange.finalReply, exchange.request);
    }

    static SipMessage reply(CompletableFuture<SipMessage> reply, SipMessage request) {
        try {
            return reply.get(REPLY.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("no reply to " + request.summary(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("no reply to " + request.summary(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void note(SipMessage message, @Nullable Call call) {
        journal.add(message);
        if (call != null) {
            call.journal().add(message);
        }
    }

    // --- From the SIP stack ---

    void onReply(Exchange exchange, SipMessage reply) {
        note(reply, exchange.call);
        var status = reply.status();
        if ((status == 401 || status == 407) && exchange.withHeader != null) {
            var challenge = reply.header(status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate");
            if (challenge.isPresent()) {
                var request = (SIPRequest) exchange.request.jain();
                var answer = Digest.answer(challenge.get(), request.getMethod(), request.getRequestURI().toString(),
                        settings.user, java.util.Objects.requireNonNull(settings.password));
                var name = status == 401 ? "Authorization" : "Proxy-Authorization";
                exchange.withHeader.accept(name + ": " + answer + "\r\n");
                return;
            }
        }
        if (exchange.call != null) {
            exchange.call.onReply(exchange, reply);
        }
        if (status >= 200) {
            exchange.finalReply.complete(reply);
        }
    }

    /** A 2xx that came again: its transaction is over, so that the phone itself repeats the ACK. */
    void onStrayReply(SipMessage reply) {
        var call = callOf(reply.callId(), reply.fromTag());
        if (call != null && reply.method().equals("INVITE") && reply.status() / 100 == 2) {
            call.onRepeatedAnswer(reply);
        }
    }

    void onRequest(SIPRequest request, @Nullable ServerTransaction known) {
        var message = new SipMessage(request, true);
        var call = message.toTag().isEmpty() ? null : callOf(message.callId(), message.toTag());
        if (message.toTag().isEmpty() && !message.method().equals("REGISTER")) {
            // CANCEL, or an INVITE whose transaction has ended with a 2xx that was lost.
            call = invites.get(inviteKey(message));
        }
        if (call != null && call.repeatsAnswerTo(message)) {
            return;
        }
        note(message, call);
        var lamp = message.method().equals("NOTIFY") ? lamps.get(Call.key(message.callId(), message.toTag())) : null;
        var answer = lamp == null ? 200 : lamp.onNotify(message);
        if (answer == 0) {
            return;
        }
        if (message.method().equals("ACK")) {
            if (call != null) {
                call.onAck(message);
            }
            return;
        }
        if (call != null && call.ignores(message)) {
            return;
        }
        ServerTransaction transaction;
        try {
            transaction = known != null ? known : provider.getNewServerTransaction(request);
        } catch (TransactionAlreadyExistsException e) {
            return; // a retransmission
        } catch (SipException e) {
            throw new IllegalStateException(e);
        }
        if (lamp != null) {
            respond(message, transaction, answer, "", "", "", null);
        } else if (call != null) {
            call.onRequest(message, transaction);
        } else if (!message.toTag().isEmpty() || message.method().equals("CANCEL")) {
            respond(message, transaction, 481, "", "", "", null);
        } else if (message.method().equals("INVITE")) {
            var invited = Call.invited(this, message, transaction);
            add(invited);
            invites.put(inviteKey(message), invited);
            invited.journal().add(message);
            incoming.add(invited);
            onInvite.accept(invited);
        } else {
            respond(message, transaction, 200, randomId(), "", "", null);
        }
    }

    /** Answers, and returns the answer for the case that it has to be repeated. */
    SipMessage respond(SipMessage request, ServerTransaction transaction, int status, String toTag, String headers,
            String sdp, @Nullable Call call) {
        var response = response(request, status, toTag, headers, sdp);
        var sent = new SipMessage(response, false);
        note(sent, call);
        try {
            transaction.sendResponse(response);
        } catch (SipException | javax.sip.InvalidArgumentException e) {
            // The other end has left (a broken TCP connection): as good as lost.
        }
        return sent;
    }

    void repeat(SipMessage response) {
        try {
            provider.sendResponse((SIPResponse) response.jain());
        } catch (SipException e) {
            // As good as lost.
        }
    }

    private SIPResponse response(SipMessage request, int status, String toTag, String headers, String sdp) {
        try {
            var response = ((SIPRequest) request.jain()).createResponse(status);
            if (status > 100 && response.getToTag() == null) {
                response.setToTag(toTag.isEmpty() ? randomId() : toTag);
            }
            var lines = new ArrayList<String>();
            lines.add("Contact: " + contact());
            headers.lines().filter(line -> !line.isBlank()).forEach(lines::add);
            for (var line : lines) {
                response.addHeader(line);
            }
            if (!sdp.isEmpty()) {
                response.setContent(sdp, new gov.nist.javax.sip.header.ContentType("application", "sdp"));
            }
            return response;
        } catch (ParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Leaves without a word, as a phone that loses its power. */
    public void vanish() {
        registered = false;
        close();
    }

    /** Unregisters, if the edge is there to hear it. */
    @Override
    public void close() {
        if (registered) {
            try {
                var unused = sendRegister(Duration.ZERO).finalReply.get(1, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                // The edge is gone too.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        calls.values().forEach(Call::dispose);
        var media = shared;
        if (media != null) {
            media.close();
        }
        stack.close(provider);
        if (ownsStack) {
            stack.stop();
        }
    }

    @Override
    public String toString() {
        return settings.user + " at " + host + ":" + port + "/" + settings.transport;
    }
}
