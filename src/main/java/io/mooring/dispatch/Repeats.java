package io.mooring.dispatch;

import io.mooring.call.HandledEvent;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.EdgeEvent;
import io.mooring.sip.SipMessage;
import java.util.List;
import java.util.stream.Stream;

/** Events that come again: by which key they are known, and what they get. */
final class Repeats {
    private Repeats() {}

    /**
     * The same request once more. When it is the same event, at a second node, it gets the same actions; when the device has
     * repeated it after the edge forgot its transaction, it gets the same reply and nothing is sent twice. Only a BYE is: the edge may have
     * died before it had sent it, the call is over, and nobody else would tell the other party. Who has had it answers 481.
     */
    static List<EdgeAction> again(EdgeEvent event, HandledEvent known) {
        List<EdgeAction> actions = ActionsJson.read(known.actions());
        if (known.correlation().equals(event.correlation())) {
            return actions;
        }
        return actions.stream().flatMap(action -> switch (action) {
            case EdgeAction.Reply r -> Stream.of(new EdgeAction.Reply(
                    event.transaction(), r.status(), r.reason(), r.toTag(), r.headers(), r.body()));
            case EdgeAction.Send send when send.method().equals("BYE") -> Stream.of(send);
            default -> Stream.<EdgeAction>empty();
        }).toList();
    }

    /** A reply once more: the edge asks a second node; or a device repeats itself, and has had our answer. */
    static List<EdgeAction> againReply(EdgeEvent event, HandledEvent known) {
        return known.correlation().equals(event.correlation()) ? ActionsJson.read(known.actions()) : List.of();
    }

    /** What a reply is known by. */
    static String replyKey(SipMessage reply) {
        return reply.callId() + "|" + reply.from().tag() + "|" + reply.to().tag() + "|" + reply.cseq().number()
                + "|reply";
    }

    /** What a request is known by, at any node: the same for its repetition. */
    static String key(SipMessage request) {
        return request.callId() + "|" + request.from().tag() + "|" + request.cseq().number() + "|" + request.method();
    }
}
