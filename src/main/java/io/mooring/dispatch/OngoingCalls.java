package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.call.Directory;
import io.mooring.call.Leg;
import io.mooring.call.OngoingCall;
import io.mooring.call.Refusal;
import io.mooring.call.RefusedException;
import io.mooring.edge.EdgeClient;
import io.mooring.edge.ProxiedDialog;
import io.mooring.edge.UnavailableException;
import io.mooring.sip.NameAddr;
import io.mooring.sip.SipMessage;
import io.mooring.sip.SipParseException;
import io.mooring.sip.SipUri;
import io.mooring.store.CallStore;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which calls of an extension are up: those that edges proxy, and those whose legs we have joined. Waits, on a virtual thread. */
final class OngoingCalls {
    private static final int ID_BYTES = 12;

    private final CallStore store;
    private final Directory directory;
    private final EdgeClient edges;
    private final Edges beside;

    OngoingCalls(CallStore store, Directory directory, EdgeClient edges, Edges beside) {
        this.store = store;
        this.directory = directory;
        this.edges = edges;
        this.beside = beside;
    }

    /** A call, and where it is. */
    sealed interface Ongoing {
        OngoingCall told();
    }

    /** Between two phones; an edge has it. */
    record Proxied(ProxiedDialog dialog, OngoingCall told) implements Ongoing {}

    /**
     * Ours.
     *
     * @param leg that of the extension
     */
    record Joined(Call call, Leg leg, OngoingCall told) implements Ongoing {}

    /**
     * All of an extension, the oldest first.
     *
     * @throws RefusedException when there seem to be none, but not every edge could be asked
     */
    List<Ongoing> of(String tenant, String extension) {
        var found = new ArrayList<Ongoing>();
        for (Call call : store.joined(tenant)) {
            call.legs.values()
                    .stream()
                    .filter(leg -> isOf(call, leg, extension) && call.peerOf(leg).isPresent())
                    .findFirst()
                    .ifPresent(leg -> found.add(joined(call, leg)));
        }
        List<Future<List<Ongoing>>> asked = store.edges()
                .stream()
                .map(control -> proxied(control, tenant, extension))
                .toList();
        Future.join(asked).otherwiseEmpty().await();
        asked.stream().filter(Future::succeeded).forEach(answer -> found.addAll(answer.result()));
        if (found.isEmpty() && asked.stream().anyMatch(Future::failed)) {
            throw new RefusedException(Refusal.STATE_UNAVAILABLE);
        }
        found.sort(Comparator.comparingLong(call -> call.told().sinceMillis()));
        return found;
    }

    /**
     * Which of some extensions talk: in calls that are ours, or through one of several edges. An edge that is alone sees for itself who talks
     * through it; of several the one that rings a phone does not know what the others proxy. One that does not answer knows of no call.
     */
    Set<String> talking(String tenant, Collection<String> extensions) {
        Map<String, List<Future<List<String>>>> asked = extensions.stream()
                .collect(Collectors.toMap(extension -> extension, extension -> proxiedBeside(tenant, extension)));
        Set<String> talking = new HashSet<>(joined(tenant, extensions));
        asked.forEach((extension, answers) -> {
            Future.join(answers).otherwiseEmpty().await();
            if (answers.stream().anyMatch(answer -> answer.succeeded() && !answer.result().isEmpty())) {
                talking.add(extension);
            }
        });
        return talking;
    }

    private List<Future<List<String>>> proxiedBeside(String tenant, String extension) {
        return beside.all().stream().map(edge -> edges.dialogs(edge.control(), tenant, extension)).toList();
    }

    private Set<String> joined(String tenant, Collection<String> extensions) {
        List<Call> joined = store.joined(tenant);
        return extensions.stream()
                .filter(extension -> joined.stream()
                        .anyMatch(call -> call.legs.values()
                                .stream()
                                .anyMatch(leg -> isOf(call, leg, extension) && call.peerOf(leg).isPresent())))
                .collect(Collectors.toSet());
    }

    private Future<List<Ongoing>> proxied(String control, String tenant, String extension) {
        return edges.dialogs(control, tenant, extension)
                .compose(callIds -> Future.all(
                        callIds.stream()
                                .map(callId -> edges.dialog(control, callId, EdgeClient.Hold.AS_IT_WAS))
                                .toList()))
                .map(told -> told.<Optional<ProxiedDialog>>list()
                        .stream()
                        .flatMap(Optional::stream)
                        .filter(dialog -> dialog.tenant().equals(tenant))
                        .<Ongoing>map(dialog -> proxied(dialog, extension))
                        .toList());
    }

    /**
     * A proxied call as it is now, and kept so for a moment.
     *
     * @throws RefusedException when it is up no more, or its edge does not answer
     */
    ProxiedDialog hold(ProxiedDialog dialog) {
        try {
            return edges.dialog(dialog.control(), dialog.callId(), EdgeClient.Hold.BEGIN)
                    .await()
                    .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_DIALOG));
        } catch (UnavailableException e) {
            throw new RefusedException(Refusal.STATE_UNAVAILABLE);
        }
    }

    /** It is not taken over: its parties may change it again. Does not wait; it would end by itself. */
    void release(ProxiedDialog dialog) {
        edges.dialog(dialog.control(), dialog.callId(), EdgeClient.Hold.END);
    }

    private static Ongoing proxied(ProxiedDialog dialog, String extension) {
        return new Proxied(dialog, new OngoingCall(idOf(dialog.callId()),
                dialog.caller().equals(extension) ? calledBy(dialog) : callerOf(dialog),
                dialog.answeredAtSeconds() * 1_000));
    }

    private static String callerOf(ProxiedDialog dialog) {
        return dialog.caller().isEmpty() ? user(dialog, SipMessage::from) : dialog.caller();
    }

    private static String calledBy(ProxiedDialog dialog) {
        return dialog.callee().isEmpty() ? user(dialog, SipMessage::to) : dialog.callee();
    }

    private static Ongoing joined(Call call, Leg leg) {
        String peer = call.peerOf(leg).map(other -> user(NameAddr.parse(other.remoteAddress))).orElse("");
        return new Joined(call, leg, new OngoingCall(call.id, peer, 0));
    }

    private static String user(ProxiedDialog dialog, Function<SipMessage, NameAddr> address) {
        try {
            return user(address.apply(SipMessage.parse(dialog.said().invite())));
        } catch (SipParseException e) {
            return "";
        }
    }

    private static String user(NameAddr address) {
        try {
            return address.sipUri().plainUser();
        } catch (SipParseException e) {
            return "";
        }
    }

    /** Who is at a leg: as the edge has authenticated it, else by its address, if that is the tenant's. */
    private boolean isOf(Call call, Leg leg, String extension) {
        if (!leg.user.isEmpty()) {
            return leg.user.equals(extension);
        }
        SipUri address = NameAddr.parse(leg.remoteAddress).sipUri();
        return address.plainUser().equals(extension) && directory.isDomain(call.tenant, address.host());
    }

    /** A name for a proxied call that says nothing of its Call-ID: who knows one can hang it up. */
    private static String idOf(String callId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(callId.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
