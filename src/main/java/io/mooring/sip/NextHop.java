package io.mooring.sip;

/** Where a request for a device is sent to. */
public final class NextHop {
    private NextHop() {}

    /**
     * Where to send requests for a URI that bears the edge's alias parameter, {@code ;alias=address~port~protocol}: the
     * address that a device behind a NAT was seen at. The URI itself, when there is none.
     */
    public static String of(SipUri uri) {
        String[] alias = uri.params().get("alias").orElse("").split("~");
        if (alias.length != 3) {
            return uri.withParams(Params.none()
                    .with("transport", uri.transport()))
                    .toString();
        }
        String transport = switch (alias[2]) {
            case "2" -> "tcp";
            case "3" -> "tls";
            case "4" -> "sctp";
            case "5" -> "ws";
            case "6" -> "wss";
            default -> "udp";
        };
        return "sip:" + alias[0] + ":" + alias[1] + ";transport=" + transport;
    }
}
