package io.mooring.edge;

/**
 * An ordinary call that an edge proxies and that is up, as the edge has noted it. Text that does not apply is empty, never null.
 *
 * @param control URL of the edge
 * @param callId Call-ID of the dialog
 * @param tenant SIP domain of the tenant
 * @param caller extension that called; empty for a trunk
 * @param callee extension that was called; empty when it is none
 * @param callerSource {@code transport:address:port} that the caller sent from
 * @param callerSocket {@code transport:address:port} of the edge's socket towards the caller
 * @param calleeSource {@code transport:address:port} that the callee answered from
 * @param calleeSocket {@code transport:address:port} of the edge's socket towards the callee
 * @param answeredAtSeconds when it was answered, seconds since 1970
 * @param unsettled true while an INVITE in it is not acknowledged: it cannot be taken over now
 * @param said what the two have said in it, as it came
 */
public record ProxiedDialog(
        String control,
        String callId,
        String tenant,
        String caller,
        String callee,
        String callerSource,
        String callerSocket,
        String calleeSource,
        String calleeSocket,
        long answeredAtSeconds,
        boolean unsettled,
        Said said) {

    /** Leaves the SIP messages and every identity out: it may be logged. */
    @Override
    public String toString() {
        return "ProxiedDialog[control=" + control + "]";
    }
}
