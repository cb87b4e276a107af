package io.mooring.edge;

import java.util.concurrent.TimeUnit;

/**
 * One SIP message that an edge hands to a node, with what the edge knows about it. Text that does not apply is empty,
 * never null. {@code docs/edge-contract.md} says which messages become events.
 *
 * @param edge name of the edge that sends
 * @param control URI where this edge takes actions that no event asked for
 * @param kind request, or reply to a request that a node had the edge send
 * @param correlation one id for one SIP request in the logs of both sides
 * @param transaction {@code index:label} of the suspended server transaction; empty for ACK and replies, but {@code none} for a 2xx to
 *     an INVITE that the edge knows nothing of; for CANCEL that of the INVITE to be cancelled
 * @param tenant SIP domain of the authenticated tenant; empty for replies and when only the owner is known
 * @param user authenticated extension; empty for a trunk
 * @param trunk name of the trusted trunk, else empty
 * @param owner what the node gave with {@link EdgeAction.Own} for this Call-ID, else empty
 * @param source {@code transport:address:port} of the sender
 * @param socket {@code transport:address:port} of the edge's socket that received the message
 * @param message the SIP message as received
 * @param plain {@code address:port} of the edge's socket for UDP and TCP, when the message came over TLS; else empty
 * @param said with a REFER in a proxied dialog: what was said in it before
 * @param receivedNanos when the node had it, {@link System#nanoTime()}
 */
public record EdgeEvent(
        String edge,
        String control,
        Kind kind,
        String correlation,
        String transaction,
        String tenant,
        String user,
        String trunk,
        String owner,
        String source,
        String socket,
        String message,
        String plain,
        Said said,
        long receivedNanos) {

    /**
     * An edge waits two seconds at the least, and then asks another node or refuses the request; this is less by the way of the answer.
     */
    private static final long WAITED_FOR_NANOS = TimeUnit.MILLISECONDS.toNanos(1_800);

    /** One that comes now and says nothing of media. */
    public EdgeEvent(String edge, String control, Kind kind, String correlation, String transaction, String tenant,
            String user,
            String trunk,
            String owner,
            String source,
            String socket,
            String message) {
        this(edge, control, kind, correlation, transaction, tenant, user, trunk, owner, source, socket, message, "",
                Said.NOTHING, System.nanoTime());
    }

    /** What the message is. */
    public enum Kind {
        /** A SIP request. */
        REQUEST,
        /** A SIP reply. */
        REPLY
    }

    /** What stands for the transaction of a 2xx that no transaction of the edge waits for. */
    public static final String NO_TRANSACTION = "none";

    /** True for a 2xx that the edge does not acknowledge: it has started anew since it sent the INVITE, or has given it up. */
    public boolean isUnmatched() {
        return kind == Kind.REPLY && transaction.equals(NO_TRANSACTION);
    }

    /** Whether the edge may have given it up by now: its phone was refused, or another node has it. */
    public boolean isLate() {
        return System.nanoTime() - receivedNanos > WAITED_FOR_NANOS;
    }

    /** Leaves the SIP message and every identity out: an event may be logged. */
    @Override
    public String toString() {
        return "EdgeEvent[edge=" + edge + ", kind=" + kind + ", correlation=" + correlation + "]";
    }
}
