package io.mooring.lab;

import io.mooring.lab.audio.Codec;
import io.mooring.lab.audio.RtpEndpoint;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import javax.sip.ServerTransaction;
import org.jspecify.annotations.Nullable;

/**
 * One call of a {@link TestPhone}: a dialog (RFC 3261, 12) with its media.
 *
 * <p>Methods that send a request wait for its final reply and return it, whatever its status; {@link #request} gives the
 * reply as a future instead.
 */
public final class Call {

    public enum State {
        CALLING, RINGING, ANSWERED, ENDED
    }

    private static final long T1 = 500;
    private static final long T2 = 4_000;
    private static final Duration HANDSHAKE = Duration.ofSeconds(10);
    private static final Pattern URI = Pattern.compile("<([^>]+)>");
    private static final int EVENTS_TYPE = 101;

    private final TestPhone phone;
    private final boolean outgoing;
    private final String callId;
    private final String localTag = TestPhone.randomId();
    private final Journal journal = new Journal();
    private final RtpEndpoint media;
    private final long sdpSession = ThreadLocalRandom.current().nextInt(1, Integer.MAX_VALUE);
    private final AtomicInteger cseq = new AtomicInteger(ThreadLocalRandom.current().nextInt(1, 10_000));

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.CALLING;
    private int finalStatus;
    private boolean byeSent;

    private final String localUri;
    private final String remoteUri;
    private String remoteTag = "";
    private String remoteTarget;
    private List<String> routes = List.of();

    private List<Codec> codecs;
    /** The media of the session in their order, {@code video 0} when it was refused. */
    private List<String> mediaLines;
    private long sdpVersion = 1;
    private Sdp.Direction direction = Sdp.Direction.SENDRECV;
    private Sdp localSdp;
    private @Nullable Sdp remoteSdp;
    private @Nullable ToIntFunction<SipMessage> reinvites;

    /** The INVITE of this call or in it that has no final reply from us yet. */
    private @Nullable SipMessage pendingInvite;
    private @Nullable ServerTransaction pendingTransaction;
    /** Our INVITE that may be cancelled. */
    private @Nullable Exchange inviting;
    private @Nullable SipMessage answerSent;
    private @Nullable SipMessage lastAnswer;
    private boolean answerHasOffer;
    private @Nullable ScheduledFuture<?> answerTimer;
    private @Nullable SipMessage ackSent;
    private boolean keepAckBack;

    private Call(TestPhone phone, boolean outgoing, String callId, String localUri, String remoteUri,
            String remoteTarget,
            List<Codec> codecs) {
        this.phone = phone;
        this.outgoing = outgoing;
        this.callId = callId;
        this.localUri = localUri;
        this.remoteUri = remoteUri;
        this.remoteTarget = remoteTarget;
        this.codecs = codecs;
        this.media = phone.openMedia();
        this.mediaLines = phone.video();
        this.localSdp = whole(
                Sdp.write(media.local(), sdpSession, sdpVersion, formats(codecs), EVENTS_TYPE, direction));
    }

    static Call dial(Dial dial) {
        var call = new Call(dial.phone, true, TestPhone.randomId(), dial.phone.ownUri(), "<" + dial.uri + ">", dial.uri,
                dial.codecs);
        if (dial.direction != Sdp.Direction.SENDRECV) {
            call.newDescription(dial.direction, formats(dial.codecs));
        }
        dial.phone.add(call);
        var unused = call.request("INVITE")
                .headers(dial.headers.toString())
                .body(dial.withSdp ? "application/sdp" : "", dial.withSdp ? call.localSdp.text() : "")
                .send();
        return call;
    }

    static Call invited(TestPhone phone, SipMessage invite, ServerTransaction transaction) {
        var from = invite.header("From").orElseThrow();
        var call = new Call(phone, false, invite.callId(), withoutTag(invite.header("To").orElseThrow()),
                withoutTag(from),
                uriIn(invite.header("Contact").orElse(from)), phone.codecs());
        call.remoteTag = invite.fromTag();
        call.routes = invite.headers("Record-Route");
        call.pendingInvite = invite;
        call.pendingTransaction = transaction;
        return call;
    }

    // --- What it is ---

    static String key(String callId, String localTag) {
        return callId + " " + localTag;
    }

    String key() {
        return key(callId, localTag);
    }

    public TestPhone phone() {
        return phone;
    }

    public String callId() {
        return callId;
    }

    public Journal journal() {
        return journal;
    }

    public RtpEndpoint media() {
        return media;
    }

    public State state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /** The final status of our INVITE, or the one we refused theirs with; 0 before. */
    public int finalStatus() {
        lock.lock();
        try {
            return finalStatus;
        } finally {
            lock.unlock();
        }
    }

    /** What the other side last said about its media. */
    public Optional<Sdp> remoteSdp() {
        lock.lock();
        try {
            return Optional.ofNullable(remoteSdp);
        } finally {
            lock.unlock();
        }
    }

    public Sdp localSdp() {
        lock.lock();
        try {
            return localSdp;
        } finally {
            lock.unlock();
        }
    }

    public String remoteTarget() {
        lock.lock();
        try {
            return remoteTarget;
        } finally {
            lock.unlock();
        }
    }

    /** The INVITE that began the call. */
    public SipMessage invite() {
        return journal.messages()
                .stream()
                .filter(message -> message.isRequest() && message.method().equals("INVITE"))
                .findFirst()
                .orElseThrow();
    }

    /** The value of a Replaces header that names this dialog to its other end's side [RFC 3891 3]. */
    public String replaces() {
        lock.lock();
        try {
            return callId + ";to-tag=" + remoteTag + ";from-tag=" + localTag;
        } finally {
            lock.unlock();
        }
    }

    // --- Waiting ---

    public Call awaitRinging() {
        return await(State.RINGING, HANDSHAKE);
    }

    public Call awaitAnswered() {
        await(State.ANSWERED, HANDSHAKE);
        if (finalStatus() / 100 != 2) {
            throw new AssertionError("refused with " + finalStatus() + "; the journal:\n" + journal);
        }
        return this;
    }

    public Call awaitEnded() {
        return await(State.ENDED, HANDSHAKE);
    }

    /** Hangs up, as a transferor does in the end, unless the other side was faster. */
    public void hangUp() {
        if (state() != State.ENDED) {
            bye();
        }
    }

    /** Waits until our INVITE has its final reply. */
    public int awaitFinalStatus(Duration within) {
        await(State.ANSWERED, within);
        return finalStatus();
    }

    /** Waits until the call has come this far, or farther. */
    public Call await(State least, Duration within) {
        var deadline = System.nanoTime() + within.toNanos();
        lock.lock();
        try {
            while (state.compareTo(least) < 0) {
                var left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new AssertionError("after " + within + " the call is " + state + ", not " + least
                            + "; the journal of " + phone + ":\n" + journal);
                }
                var unused = changed.awaitNanos(left);
            }
            return this;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            lock.unlock();
        }
    }

    public SipMessage await(Match match, Duration within) {
        return journal.await(match, within);
    }

    // --- An incoming call ---

    public void ring() {
        lock.lock();
        try {
            if (pendingInvite == null || pendingTransaction == null) {
                return;
            }
            phone.respond(pendingInvite, pendingTransaction, 180, localTag, "", "", this);
            advance(State.RINGING);
        } finally {
            lock.unlock();
        }
    }

    public Call answer() {
        return answer("");
    }

    /** @param headers complete lines for the 200, each ending in CRLF */
    public Call answer(String headers) {
        lock.lock();
        try {
            if (pendingInvite == null || pendingTransaction == null) {
                return this;
            }
            finalStatus = 200;
            answerInvite(pendingInvite, pendingTransaction, headers);
            advance(State.ANSWERED);
            return this;
        } finally {
            lock.unlock();
        }
    }

    public void reject(int status) {
        reject(status, "");
    }

    /** As a phone that is forwarded, or whose voicemail is on [RFC 3261 8.3]. */
    public void divert(String uri) {
        reject(302, "Contact: <" + uri + ">\r\n");
    }

    private void reject(int status, String headers) {
        lock.lock();
        try {
            if (pendingInvite != null && pendingTransaction != null) {
                finalStatus = status;
                phone.respond(pendingInvite, pendingTransaction, status, localTag, headers, "", this);
                pendingInvite = null;
                end();
            }
        } finally {
            lock.unlock();
        }
    }

    // --- Requests ---

    /** A request in this dialog, to be filled in and sent. */
    public Outgoing request(String method) {
        return new Outgoing(method);
    }

    public final class Outgoing {
        private final String method;
        private final StringBuilder headers = new StringBuilder();
        private String contentType = "";
        private String body = "";
        private int fixedCseq;

        private Outgoing(String method) {
            this.method = method;
        }

        public Outgoing header(String name, String value) {
            return headers(name + ": " + value + "\r\n");
        }

        public Outgoing headers(String lines) {
            headers.append(lines);
            return this;
        }

        public Outgoing body(String type, String text) {
            contentType = type;
            body = text;
            return this;
        }

        /** Instead of the next number: for requests out of order. */
        public Outgoing cseq(int number) {
            fixedCseq = number;
            return this;
        }

        public CompletableFuture<SipMessage> send() {
            return start().finalReply;
        }

        /** Sends and waits for the final reply. */
        public SipMessage reply() {
            return TestPhone.reply(start());
        }

        private Exchange start() {
            TestPhone.Outline outline;
            lock.lock();
            try {
                var lines = new StringBuilder();
                for (var route : routes) {
                    lines.append("Route: ").append(route).append("\r\n");
                }
                lines.append("Contact: ")
                        .append(phone.contact())
                        .append("\r\n")
                        .append("Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, MESSAGE, REFER, NOTIFY\r\n")
                        .append("Supported: replaces, timer\r\n")
                        .append(headers);
                outline = new TestPhone.Outline(method, remoteTarget, nextHop(),
                        TestPhone.header("From", localUri) + ";tag=" + localTag,
                        TestPhone.header("To", remoteUri) + (remoteTag.isEmpty() ? "" : ";tag=" + remoteTag), callId,
                        fixedCseq == 0 ? cseq::incrementAndGet : () -> fixedCseq, lines.toString(), contentType, body);
            } finally {
                lock.unlock();
            }
            return phone.send(outline, Call.this);
        }
    }

    /** Puts the other side on hold: sendonly, and silent. */
    public SipMessage hold() {
        media.mute(true);
        return offer(Sdp.Direction.SENDONLY);
    }

    public SipMessage resume() {
        media.mute(false);
        return offer(Sdp.Direction.SENDRECV);
    }

    /** A re-INVITE with this direction. */
    public SipMessage offer(Sdp.Direction wanted) {
        return request("INVITE").body("application/sdp", newDescription(wanted)).reply();
    }

    /** A re-INVITE that offers other codecs. */
    public SipMessage offer(Codec... offered) {
        String text;
        lock.lock();
        try {
            codecs = List.of(offered);
            text = newDescription(direction, formats(codecs)).text();
        } finally {
            lock.unlock();
        }
        return request("INVITE").body("application/sdp", text).reply();
    }

    /** A re-INVITE without an offer; the ACK carries our answer to the offer in the 200. */
    public SipMessage reinviteWithoutSdp() {
        return request("INVITE").reply();
    }

    /** A re-INVITE that says what was said before: a session refresh [RFC 4028]. */
    public SipMessage refresh() {
        return request("INVITE").header("Session-Expires", "1800;refresher=uac")
                .body("application/sdp", localSdp().text())
                .reply();
    }

    public SipMessage update(Sdp.Direction wanted) {
        return request("UPDATE").body("application/sdp", newDescription(wanted)).reply();
    }

    public SipMessage updateWithoutSdp() {
        return request("UPDATE").reply();
    }

    /** Presses keys in the media [RFC 4733]. */
    public Call press(String keys) {
        media.press(keys, EVENTS_TYPE);
        return this;
    }

    public SipMessage info(char digit) {
        return request("INFO").body("application/dtmf-relay", "Signal=" + digit + "\r\nDuration=160\r\n").reply();
    }

    public SipMessage message(String text) {
        return request("MESSAGE").body("text/plain", text).reply();
    }

    public SipMessage options() {
        return request("OPTIONS").reply();
    }

    /** A blind transfer [RFC 5589 6.1]. */
    public SipMessage refer(String target) {
        return referTo(target).reply();
    }

    public Outgoing referTo(String target) {
        return request("REFER").header("Refer-To", "<" + phone.uri(target) + ">")
                .header("Referred-By", "<" + uriIn(localUri) + ">");
    }

    /** An attended transfer [RFC 5589 7.3]: the other side is to replace our end of the consultation. */
    public Outgoing referTo(String target, Call consultation) {
        var replaces = consultation.replaces().replace("@", "%40").replace(";", "%3B").replace("=", "%3D");
        return request("REFER").header("Refer-To", "<" + phone.uri(target) + "?Replaces=" + replaces + ">")
                .header("Referred-By", "<" + uriIn(localUri) + ">");
    }

    public SipMessage bye() {
        lock.lock();
        try {
            byeSent = true;
        } finally {
            lock.unlock();
        }
        var reply = request("BYE").reply();
        lock.lock();
        try {
            end();
        } finally {
            lock.unlock();
        }
        return reply;
    }

    /** Gives up our INVITE; its final reply says how that went. */
    public void cancel() {
        Exchange invite;
        lock.lock();
        try {
            invite = inviting;
        } finally {
            lock.unlock();
        }
        if (invite == null) {
            throw new IllegalStateException("nothing to cancel");
        }
        phone.cancel(invite);
    }

    /** From now on, how this call takes a re-INVITE; before, the phone decides. */
    public Call onReinvite(ToIntFunction<SipMessage> reaction) {
        lock.lock();
        try {
            reinvites = reaction;
            return this;
        } finally {
            lock.unlock();
        }
    }

    /** From now on sends no ACK to a 2xx, until {@link #sendAck}. */
    public Call keepAckBack() {
        lock.lock();
        try {
            keepAckBack = true;
            return this;
        } finally {
            lock.unlock();
        }
    }

    public void sendAck() {
        lock.lock();
        try {
            keepAckBack = false;
            if (ackSent != null) {
                phone.sendAck(ackSent);
            }
        } finally {
            lock.unlock();
        }
    }

    // --- Session descriptions ---

    private static List<Sdp.Format> formats(List<Codec> codecs) {
        return codecs.stream().map(codec -> new Sdp.Format(codec.payloadType(), codec)).toList();
    }

    private String newDescription(Sdp.Direction wanted) {
        lock.lock();
        try {
            return newDescription(wanted, formats(codecs)).text();
        } finally {
            lock.unlock();
        }
    }

    private Sdp newDescription(Sdp.Direction wanted, List<Sdp.Format> formats) {
        direction = wanted;
        localSdp = whole(Sdp.write(media.local(), sdpSession, ++sdpVersion, formats, EVENTS_TYPE, wanted));
        return localSdp;
    }

    /** The answer to an offer [RFC 3264 6]; nothing when there is no codec in common. */
    private Optional<Sdp> answerTo(Sdp offer) {
        var offered = offer.media();
        if (remoteSdp != null && offered.size() < mediaLines.size()) {
            // An offer in a session has all of its media lines [RFC 3264 8].
            return Optional.empty();
        }
        mediaLines = offered;
        return offer.firstKnownTo(codecs).map(format -> {
            var mine = direction == Sdp.Direction.INACTIVE || direction == Sdp.Direction.RECVONLY
                    ? direction
                    : Sdp.Direction.SENDRECV;
            var agreed = Sdp.Direction.of(mine.sends() && offer.direction().receives(),
                    mine.receives() && offer.direction().sends());
            localSdp = whole(
                    Sdp.write(media.local(), sdpSession, ++sdpVersion, List.of(format), offer.eventsType(), agreed));
            remoteSdp = offer;
            talk(format);
            return localSdp;
        });
    }

    /** The description with the other media of the session: video at the next port, when this phone and the offer have it. */
    private Sdp whole(Sdp audio) {
        return audio.with(mediaLines, phone.video().contains("video") ? media.local().getPort() + 1_000 : 0);
    }

    /** A re-INVITE with video, or without. */
    public SipMessage offerMedia(List<String> lines) {
        String text;
        lock.lock();
        try {
            mediaLines = lines;
            text = newDescription(direction);
        } finally {
            lock.unlock();
        }
        return request("INVITE").body("application/sdp", text).reply();
    }

    /** What the other side answered to our offer. */
    private void take(Sdp answer) {
        if (!answer.kinds().equals(localSdp.kinds())) {
            throw new IllegalStateException("an answer with other media lines than the offer: " + answer.text());
        }
        mediaLines = localSdp.media().size() > answer.media().size() ? localSdp.media() : answer.media();
        remoteSdp = answer;
        answer.firstKnownTo(codecs).ifPresent(this::talk);
    }

    private void talk(Sdp.Format format) {
        var theirs = remoteSdp;
        if (theirs != null && !phone.sharesMedia()) {
            media.configure(theirs.target().orElse(null), format.codec(), format.payloadType(),
                    localSdp.direction().sends() && theirs.direction().receives());
        }
    }

    // --- From the phone ---

    /** Called as a request of this call goes out. */
    void sending(Exchange exchange) {
        lock.lock();
        try {
            if (exchange.request.method().equals("INVITE")) {
                inviting = exchange;
            }
        } finally {
            lock.unlock();
        }
    }

    void onReply(Exchange exchange, SipMessage reply) {
        lock.lock();
        try {
            var status = reply.status();
            var initial = outgoing && state.compareTo(State.ANSWERED) < 0;
            if (reply.method().equals("INVITE")) {
                onInviteReply(exchange, reply, initial);
            } else if (reply.method().equals("UPDATE") && status / 100 == 2) {
                reply.sdp().ifPresent(this::take);
            }
        } finally {
            lock.unlock();
        }
    }

    private void onInviteReply(Exchange exchange, SipMessage reply, boolean initial) {
        var status = reply.status();
        if (status == 100) {
            return;
        }
        if (status < 200) {
            if (initial) {
                advance(State.RINGING);
                if (exchange.request.sdp().isPresent()) {
                    reply.sdp().ifPresent(this::take);
                }
            }
            return;
        }
        inviting = null;
        if (status / 100 == 2) {
            if (initial) {
                remoteTag = reply.toTag();
                var recorded = new ArrayList<>(reply.headers("Record-Route"));
                Collections.reverse(recorded);
                routes = List.copyOf(recorded);
            }
            reply.header("Contact").ifPresent(contact -> remoteTarget = uriIn(contact));
            var lateAnswer = "";
            if (exchange.request.sdp().isPresent()) {
                reply.sdp().ifPresent(this::take);
            } else {
                lateAnswer = reply.sdp().flatMap(this::answerTo).map(Sdp::text).orElse("");
            }
            ackSent = ack(exchange, lateAnswer);
            if (!keepAckBack) {
                journal.add(ackSent);
                phone.journal().add(ackSent);
                phone.sendAck(ackSent);
            }
        }
        if (initial) {
            finalStatus = status;
            if (status / 100 == 2) {
                advance(State.ANSWERED);
            } else {
                end();
            }
        }
    }

    private SipMessage ack(Exchange invite, String sdp) {
        var credentials = new StringBuilder();
        for (var name : List.of("Authorization", "Proxy-Authorization")) {
            invite.request.header(name)
                    .ifPresent(value -> credentials.append(name)
                            .append(": ")
                            .append(value)
                            .append("\r\n"));
        }
        var lines = new StringBuilder(credentials);
        for (var route : routes) {
            lines.append("Route: ").append(route).append("\r\n");
        }
        var number = (int) invite.request.cseq();
        var outline = new TestPhone.Outline("ACK", remoteTarget, nextHop(),
                TestPhone.header("From", localUri) + ";tag=" + localTag,
                TestPhone.header("To", remoteUri) + ";tag=" + remoteTag, callId, () -> number,
                lines + "Contact: " + phone.contact() + "\r\n", sdp.isEmpty() ? "" : "application/sdp", sdp);
        return new SipMessage(phone.build(outline, number, "z9hG4bK" + TestPhone.randomId()), false);
    }

    void onRepeatedAnswer(SipMessage reply) {
        lock.lock();
        try {
            if (ackSent != null && ackSent.cseq() == reply.cseq() && !keepAckBack) {
                phone.sendAck(ackSent);
            }
        } finally {
            lock.unlock();
        }
    }

    boolean ignores(SipMessage request) {
        return request.method().equals("INVITE") && reaction(request) == Reinvites.NOTHING;
    }

    private int reaction(SipMessage request) {
        ToIntFunction<SipMessage> own;
        lock.lock();
        try {
            own = reinvites;
            reactionTo = request;
        } finally {
            lock.unlock();
        }
        reactionStatus = (own == null ? phone.reinvites() : own).applyAsInt(request);
        return reactionStatus;
    }

    private @Nullable SipMessage reactionTo;
    private int reactionStatus;

    void onRequest(SipMessage request, ServerTransaction transaction) {
        lock.lock();
        try {
            request.header("Contact")
                    .filter(contact -> request.method().equals("INVITE")
                            || request.method().equals("UPDATE"))
                    .ifPresent(contact -> remoteTarget = uriIn(contact));
            switch (request.method()) {
                case "INVITE" -> onReinvite(request, transaction);
                case "UPDATE" -> onUpdate(request, transaction);
                case "CANCEL" -> onCancel(request, transaction);
                case "BYE" -> {
                    phone.respond(request, transaction, state == State.ENDED && !byeSent ? 481 : 200, localTag, "", "",
                            this);
                    end();
                }
                case "REFER" -> phone.respond(request, transaction, 603, localTag, "", "", this);
                default ->
                    phone.respond(request, transaction, state == State.ENDED ? 481 : 200, localTag, "", "", this);
            }
        } finally {
            lock.unlock();
        }
    }

    private void onReinvite(SipMessage request, ServerTransaction transaction) {
        var status = request == reactionTo ? reactionStatus : reaction(request);
        if (state == State.ENDED) {
            phone.respond(request, transaction, 481, localTag, "", "", this);
        } else if (inviting != null || offerUnanswered()) {
            // Glare, or a second offer before the first is answered [RFC 3261 14.2].
            phone.respond(request, transaction, 491, localTag, "", "", this);
        } else if (status / 100 != 2) {
            phone.respond(request, transaction, status, localTag, "", "", this);
        } else {
            answerInvite(request, transaction, "");
        }
    }

    /** Our 200 carried an offer, and its ACK has not come. One that carried an answer is acknowledged by any later INVITE as well. */
    private boolean offerUnanswered() {
        return answerSent != null && answerHasOffer;
    }

    private void answerInvite(SipMessage request, ServerTransaction transaction, String headers) {
        var offer = request.sdp();
        var body = offer.isPresent()
                ? offer.flatMap(this::answerTo)
                : Optional.of(newDescription(direction, formats(codecs)));
        pendingInvite = null;
        if (body.isEmpty()) {
            phone.respond(request, transaction, 488, localTag, "", "", this);
            return;
        }
        var sent = phone.respond(request, transaction, 200, localTag, headers, body.get().text(), this);
        answerSent = sent;
        answerHasOffer = offer.isEmpty();
        lastAnswer = sent;
        repeatUntilAck(sent, T1, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(64 * T1));
    }

    /** A 2xx to an INVITE is repeated by the user agent, not by the transaction [RFC 3261 13.3.1.4]. */
    private void repeatUntilAck(SipMessage answer, long afterMillis, long until) {
        answerTimer = phone.stack().timer().schedule(() -> {
            lock.lock();
            try {
                if (answerSent == answer && state != State.ENDED && System.nanoTime() < until) {
                    phone.repeat(answer);
                    repeatUntilAck(answer, Math.min(2 * afterMillis, T2), until);
                } else {
                    answerTimer = null;
                }
            } finally {
                lock.unlock();
            }
        }, afterMillis, TimeUnit.MILLISECONDS);
    }

    /**
     * Repeats the answer to an INVITE that came again after its 2xx: the transaction is over by then and does not do it.
     *
     * @return whether it is such a one
     */
    boolean repeatsAnswerTo(SipMessage request) {
        lock.lock();
        try {
            var repeated = request.method().equals("INVITE") && lastAnswer != null
                    && lastAnswer.cseq() == request.cseq();
            if (repeated) {
                phone.repeat(lastAnswer);
            }
            return repeated;
        } finally {
            lock.unlock();
        }
    }

    void onAck(SipMessage ack) {
        lock.lock();
        try {
            if (answerSent != null && answerSent.cseq() == ack.cseq()) {
                answerSent = null;
                if (answerTimer != null) {
                    answerTimer.cancel(false);
                    answerTimer = null;
                }
                // An answer, when our 200 had the offer.
                ack.sdp().ifPresent(this::take);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void onUpdate(SipMessage request, ServerTransaction transaction) {
        var offer = request.sdp();
        if (state == State.ENDED) {
            phone.respond(request, transaction, 481, localTag, "", "", this);
        } else if (offer.isEmpty()) {
            phone.respond(request, transaction, 200, localTag, "", "", this);
        } else {
            var status = reaction(request);
            var body = status / 100 == 2 ? offer.flatMap(this::answerTo) : Optional.<Sdp>empty();
            phone.respond(request, transaction, body.isPresent() ? 200 : status / 100 == 2 ? 488 : status, localTag, "",
                    body.map(Sdp::text).orElse(""), this);
        }
    }

    private void onCancel(SipMessage request, ServerTransaction transaction) {
        phone.respond(request, transaction, 200, localTag, "", "", this);
        if (pendingInvite != null && pendingTransaction != null) {
            finalStatus = 487;
            phone.respond(pendingInvite, pendingTransaction, 487, localTag, "", "", this);
            pendingInvite = null;
            end();
        }
    }

    // --- With the lock held ---

    private void advance(State to) {
        if (state.compareTo(to) < 0) {
            state = to;
            changed.signalAll();
        }
    }

    private void end() {
        advance(State.ENDED);
        dispose();
    }

    void dispose() {
        if (!phone.sharesMedia()) {
            media.close();
        }
    }

    private InetSocketAddress nextHop() {
        if (remoteTag.isEmpty()) {
            return phone.edge();
        }
        var uri = (javax.sip.address.SipURI) parse(routes.isEmpty() ? remoteTarget : uriIn(routes.getFirst()));
        return new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? 5060 : uri.getPort());
    }

    private static javax.sip.address.URI parse(String uri) {
        try {
            return new gov.nist.javax.sip.address.AddressFactoryImpl().createURI(uri);
        } catch (java.text.ParseException e) {
            throw new IllegalArgumentException(uri, e);
        }
    }

    private static String uriIn(String address) {
        var uri = URI.matcher(address);
        return uri.find() ? uri.group(1) : address.split(";", 2)[0];
    }

    private static String withoutTag(String address) {
        return address.replaceAll(";tag=[^;>]*", "");
    }

    @Override
    public String toString() {
        return phone.user() + " " + (outgoing ? "to " : "from ") + remoteUri + " (" + state() + ")";
    }
}
