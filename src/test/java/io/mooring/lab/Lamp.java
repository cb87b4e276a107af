package io.mooring.lab;

import static org.awaitility.Awaitility.await;

import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/**
 * A key of a phone that shows what is parked: a subscription [RFC 6665], and what its NOTIFYs have said. As a phone does [RFC 4235 4.1],
 * it believes the NOTIFY with the highest version, in whatever order they come.
 */
public final class Lamp {
    /** What a NOTIFY says of one parked call. */
    public record Shown(String id, String state, String display, String remote, String target) {}

    private final TestPhone phone;
    private final String target;
    private final String headers;
    private final String callId = TestPhone.randomId();
    private final String localTag = TestPhone.randomId();
    private final AtomicInteger cseq = new AtomicInteger(ThreadLocalRandom.current().nextInt(1, 1_000));
    private final List<SipMessage> notifies = new CopyOnWriteArrayList<>();
    private volatile ToIntFunction<SipMessage> reaction = notify -> 200;
    private volatile String remoteTag = "";
    private volatile String remoteTarget = "";

    Lamp(TestPhone phone, String target, String headers) {
        this.phone = phone;
        this.target = target;
        this.headers = headers;
        phone.add(this);
    }

    String key() {
        return Call.key(callId, localTag);
    }

    /** From now on, what it answers a NOTIFY with; 0: nothing. */
    public Lamp reacts(ToIntFunction<SipMessage> how) {
        reaction = how;
        return this;
    }

    /** @return the final reply */
    public SipMessage subscribe(int expires) {
        var uri = remoteTarget.isEmpty() ? phone.uri(target) : remoteTarget;
        var to = TestPhone.header("To", phone.uri(target)) + (remoteTag.isEmpty() ? "" : ";tag=" + remoteTag);
        var reply = TestPhone.reply(phone.send(new TestPhone.Outline("SUBSCRIBE", uri, phone.edge(),
                TestPhone.header("From", phone.ownUri()) + ";tag=" + localTag, to, callId, cseq::incrementAndGet,
                "Contact: " + phone.contact() + "\r\nExpires: " + expires + "\r\n" + headers, "", ""), null));
        if (reply.status() == 200) {
            remoteTag = reply.toTag();
            remoteTarget = reply.header("Contact").orElseThrow().replaceAll(".*<([^>]*)>.*", "$1");
        }
        return reply;
    }

    /** A NOTIFY has come; what is answered. */
    int onNotify(SipMessage notify) {
        int status = reaction.applyAsInt(notify);
        if (status == 200) {
            notifies.add(notify);
        }
        return status;
    }

    /** All NOTIFYs that it took, in the order of their coming. */
    public List<SipMessage> notifies() {
        return List.copyOf(notifies);
    }

    /** The one that it believes. */
    public Optional<SipMessage> last() {
        return notifies.stream().max(java.util.Comparator.comparingLong(Lamp::version));
    }

    /** Version of a body, or where there is none the CSeq number. */
    private static long version(SipMessage notify) {
        return notify.body().contains("version=")
                ? Long.parseLong(notify.body().replaceAll("(?s).*?<dialog-info[^>]* version=\"([0-9]+)\".*", "$1"))
                : Long.parseLong(notify.header("CSeq").orElseThrow().split(" ")[0]);
    }

    /** The calls that it shows. */
    public List<Shown> shown() {
        return last().map(notify -> shown(notify.body())).orElse(List.of());
    }

    /** The calls of a {@code dialog-info} body that are not over. */
    public static List<Shown> shown(String body) {
        var root = parse(body).getDocumentElement();
        var found = new ArrayList<Shown>();
        var dialogs = root.getElementsByTagNameNS("*", "dialog");
        for (var i = 0; i < dialogs.getLength(); i++) {
            var dialog = (Element) dialogs.item(i);
            var state = text(dialog, "state");
            if (!state.equals("terminated")) {
                var remote = (Element) dialog.getElementsByTagNameNS("*", "remote").item(0);
                var identity = (Element) remote.getElementsByTagNameNS("*", "identity").item(0);
                var to = (Element) remote.getElementsByTagNameNS("*", "target").item(0);
                found.add(new Shown(dialog.getAttribute("id"), state, identity.getAttribute("display"),
                        identity.getTextContent(), to.getAttribute("uri")));
            }
        }
        return found;
    }

    private static String text(Element in, String name) {
        return in.getElementsByTagNameNS("*", name).item(0).getTextContent();
    }

    /** @throws AssertionError when it is no XML */
    public static Document parse(String xml) {
        try {
            var factory = DocumentBuilderFactory.newDefaultNSInstance();
            return factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        } catch (Exception e) {
            throw new AssertionError("no XML: " + xml, e);
        }
    }

    public Lamp awaitLit(Duration within) {
        return awaitShown(1, within);
    }

    public Lamp awaitDark(Duration within) {
        return awaitShown(0, within);
    }

    /** Waits until it has heard of so many calls. */
    public Lamp awaitShown(int calls, Duration within) {
        await(this + " shows " + calls).atMost(within)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> last().isPresent() && shown().size() == calls);
        return this;
    }

    @Override
    public String toString() {
        return "lamp " + target + " of " + phone;
    }
}
