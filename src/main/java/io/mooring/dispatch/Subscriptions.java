package io.mooring.dispatch;

import io.mooring.call.Directory;
import io.mooring.call.EventPackage;
import io.mooring.call.Leg;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.call.Role;
import io.mooring.call.Watch;
import io.mooring.dialog.Legs;
import io.mooring.dialog.Sip;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.metrics.Metrics;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import io.mooring.store.CallStore;
import io.mooring.store.WatchStore;
import io.mooring.store.WatchStore.Taken;
import io.mooring.watch.Notifies;
import io.mooring.watch.Resources;
import io.mooring.watch.Strangers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * SUBSCRIBEs of devices that want to show parked calls, and what becomes of their NOTIFYs [RFC 6665 4.2]. What a subscription is called, in
 * Redis and in its tags, follows from its Call-ID and From tag: a SUBSCRIBE that comes twice, or at two nodes, is one.
 */
final class Subscriptions {
    /** The longest; who asks for more gets this. */
    private static final long MOST_SECONDS = 3_600;

    private static final int ID_LENGTH = 16;

    /** A NOTIFY that was refused is sent again so often, then its subscription ends. */
    private static final int MOST_REFUSED = 5;
    private static final long AGAIN_MILLIS = 1_000;
    private static final long AGAIN_AT_MOST_MILLIS = 60_000;

    /** Replies that say that there is no such subscription, or nobody to have it [RFC 5057 5.1]; 408 stands for none at all. */
    private static final Set<Integer> GONE = Set.of(401, 403, 404, 405, 407, 408, 410, 416, 480, 481, 482, 483, 484,
            485, 489,
            501, 604);

    private final WatchStore watches;
    private final CallStore store;
    private final Directory directory;
    private final Resources resources;
    private final Strangers strangers;
    private final Lamps lamps;
    private final Metrics metrics;

    Subscriptions(WatchStore watches, CallStore store, Directory directory, Lamps lamps, Metrics metrics) {
        this.watches = watches;
        this.store = store;
        this.directory = directory;
        this.resources = new Resources(directory);
        this.strangers = new Strangers(directory);
        this.lamps = lamps;
        this.metrics = metrics;
    }

    /** A SUBSCRIBE outside a dialog. */
    List<EdgeAction> begin(EdgeEvent event, SipMessage subscribe) {
        Refusals.requireOnly(subscribe);
        if (event.tenant().isEmpty() || !subscribe.to().tag().isEmpty()) {
            throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        }
        if (event.user().isEmpty()) {
            throw new RefusedException(Refusal.NOT_ALLOWED);
        }
        Watch watch = new Watch();
        watch.tenant = event.tenant();
        watch.user = event.user();
        watch.credentials = Optional
                .ofNullable(directory.credentials(watch.tenant, List.of(watch.user)).get(watch.user))
                .orElseThrow(() -> new RefusedException(Refusal.NOT_ALLOWED));
        ask(watch, subscribe);
        Duration lasts = lasts(subscribe);
        SipUri target = SipUri.parse(subscribe.requestUri());
        watch.resource = target.user();
        watch.domain = target.host().toLowerCase(Locale.ROOT);
        resources.enter(watch, target.plainUser());
        watch.id = id(event.tenant(), subscribe);
        watch.leg = Legs.called(event, subscribe, Role.WATCHER);
        watch.leg.id = watch.id;
        watch.leg.localTag = watch.id;
        if (store.claimDialog(subscribe.callId(), watch.owner()).isPresent()) {
            throw new RefusedException(Refusal.MERGED);
        }
        return accept(event, subscribe, watch, lasts);
    }

    private static void ask(Watch watch, SipMessage subscribe) {
        watch.event = subscribe.required("event");
        watch.eventPackage = EventPackage.named(watch.event)
                .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_EVENT));
        if (!watch.eventPackage.isAccepted(subscribe.list("accept"))) {
            throw new RefusedException(Refusal.BODY_NOT_ACCEPTED);
        }
    }

    /** How long it shall last; zero: it is told once, or ends [RFC 6665 4.1.2.1]. */
    private static Duration lasts(SipMessage subscribe) {
        String wanted = subscribe.header("expires").orElse(Long.toString(MOST_SECONDS)).strip();
        if (!wanted.matches("[0-9]{1,10}")) {
            throw new SipParseException("an Expires that is no number");
        }
        long seconds = Math.min(Long.parseLong(wanted), MOST_SECONDS);
        if (seconds > 0 && seconds < Sip.MIN_EXPIRES_SECONDS) {
            throw new RefusedException(Refusal.INTERVAL_TOO_BRIEF);
        }
        return Duration.ofSeconds(seconds);
    }

    private static String id(String tenant, SipMessage subscribe) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((tenant + "\n" + subscribe.callId() + "\n" + subscribe.from().tag())
                            .getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, ID_LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A request in the dialog of a subscription. */
    List<EdgeAction> request(EdgeEvent event, SipMessage request) {
        String tenant = tenant(event.owner());
        Watch watch = watches.load(tenant, Watch.id(event.owner()))
                .filter(known -> known.leg.remoteTag.equals(request.from().tag())
                        && known.leg.localTag.equals(request.to().tag()))
                .orElse(null);
        if (watch == null) {
            return switch (request.method()) {
                case "ACK", "CANCEL" -> List.of();
                default -> throw new RefusedException(Refusal.UNKNOWN_DIALOG);
            };
        }
        if (!request.method().equals("SUBSCRIBE")) {
            throw new RefusedException(Refusal.NOT_SUPPORTED_HERE);
        }
        Refusals.requireOnly(request);
        ask(watch, request);
        Duration lasts = lasts(request);
        Notifies.End stranger = strangers.among(tenant, List.of(watch)).get(watch.id);
        if (stranger != null) {
            lamps.end(tenant, watch.id, stranger);
            throw new RefusedException(Refusal.UNKNOWN_DIALOG);
        }
        Leg leg = watch.leg;
        leg.control = event.control();
        leg.socket = event.socket();
        if (leg.routeSet.isEmpty()) {
            // After a reconnect or behind a new NAT binding the device is where it sends from.
            leg.nextHop = Sip.uriOf(event.source());
        }
        leg.refreshTarget(request);
        leg.remoteCseq = request.cseq().number();
        // It may last for longer than the index remembers a dialog.
        store.takeDialog(leg.callId, event.owner());
        return accept(event, request, watch, lasts);
    }

    /** The 200, and the state behind it [RFC 6665 4.2.1.2]. */
    private List<EdgeAction> accept(EdgeEvent event, SipMessage subscribe, Watch watch, Duration lasts) {
        Duration kept = lasts.isZero() ? Duration.ofSeconds(Sip.MIN_EXPIRES_SECONDS) : lasts;
        WatchStore.Saved saved = watches.save(watch, subscribe.cseq().number(), kept,
                directory.subscriptions(watch.tenant), Turns.bootOf(event.correlation()).orElse(""));
        switch (saved) {
            case OK -> {}
            case OLD -> throw new RefusedException(Refusal.OUT_OF_ORDER);
            case QUOTA -> throw new RefusedException(Refusal.TOO_MANY_WATCH);
        }
        var actions = new ArrayList<EdgeAction>();
        actions.add(new EdgeAction.Reply(event.transaction(), 200, "OK", watch.leg.localTag,
                Sip.acceptHeaders(watch.leg) + "Expires: " + lasts.toSeconds() + "\r\n", ""));
        Taken taken = watches.take(watch.tenant, List.of(watch.id), 0, true)
                .getOrDefault(watch.id, new Taken.Nothing());
        if (!(taken instanceof Taken.Notify notify)) {
            // Somebody has ended it in between.
            return actions;
        }
        if (lasts.isZero()) {
            actions.add(Notifies.last(notify.watch(), notify.number(), Notifies.End.TIMEOUT, lamps.shown(notify)));
            watches.end(watch.tenant, watch.id, false);
            store.releaseDialog(watch.leg.callId, watch.owner());
            metrics.subscription("ended");
            return actions;
        }
        actions.add(new EdgeAction.Own(watch.leg.callId, watch.owner()));
        actions.add(Notifies.active(notify.watch(), notify.number(), notify.lasts(), lamps.shown(notify)));
        watches.told(watch.tenant, List.of(notify));
        metrics.subscription("accepted");
        return actions;
    }

    /**
     * A NOTIFY was refused, or nobody answered it: the edge tells of these, and of no others. When it cannot be noted because Redis is
     * away, the edge brings it again.
     */
    List<EdgeAction> reply(EdgeEvent event, SipMessage reply) {
        if (reply.status() < 300) {
            return List.of();
        }
        List<EdgeAction> actions = refused(event, reply);
        metrics.notifies("failed", 1);
        return actions;
    }

    private List<EdgeAction> refused(EdgeEvent event, SipMessage reply) {
        String tenant = tenant(event.owner());
        String id = Watch.id(event.owner());
        if (GONE.contains(reply.status())) {
            return watches.end(tenant, id, false)
                    .<List<EdgeAction>>map(ended -> {
                        store.releaseDialog(ended.watch().leg.callId, event.owner());
                        metrics.subscription("lost");
                        return List.of(new EdgeAction.Disown(ended.watch().leg.callId));
                    })
                    .orElse(List.of());
        }
        long refused = watches.notTold(tenant, id, reply.cseq().number());
        if (refused > MOST_REFUSED) {
            lamps.end(tenant, id, Notifies.End.REJECTED);
        } else if (refused > 0) {
            lamps.later(tenant, id, Math.max(retryAfter(reply).orElse(0L), AGAIN_MILLIS << (refused - 1)));
        }
        return List.of();
    }

    private static Optional<Long> retryAfter(SipMessage reply) {
        return reply.header("retry-after")
                .map(value -> value.split("[;( ]", 2)[0])
                .filter(value -> value.matches("[0-9]{1,5}"))
                .map(value -> Math.min(Long.parseLong(value) * 1_000, AGAIN_AT_MOST_MILLIS));
    }

    private static String tenant(String owner) {
        return owner.substring(0, owner.indexOf('/'));
    }
}
