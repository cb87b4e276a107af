package io.mooring.dispatch;

import io.mooring.call.Call;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.sip.SipMessage;
import java.util.List;

/** Events that come again: by which key they are known, and what they get. */
final class Repeats {
    private Repeats() {}

    /**
     * The same request once more. When it is the same event, at a second node, it gets the same actions; when the device has
     * repeated it after the edge forgot its transaction, it gets the same reply and nothing is sent twice.
     */
    static List<EdgeAction> again(EdgeEvent event, Call.Recent known) {
        List<EdgeAction> actions = ActionsJson.read(known.actions());
        if (known.correlation().equals(event.correlation())) {
            return actions;
        }
        return actions.stream()
                .filter(EdgeAction.Reply.class::isInstance)
                .map(EdgeAction.Reply.class::cast)
                .<EdgeAction>map(r -> new EdgeAction.Reply(
                        event.transaction(), r.status(), r.reason(), r.toTag(), r.headers(), r.body()))
                .toList();
    }

    /** What a request is known by, at any node: the same for its repetition. */
    static String key(SipMessage request) {
        return request.callId() + "|" + request.from().tag() + "|" + request.cseq().number() + "|" + request.method();
    }
}
