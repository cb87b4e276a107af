package io.mooring.lab.audio;

import java.net.SocketAddress;

/**
 * A received RTP packet (RFC 3550, 5.1).
 *
 * @param atNanos when it arrived ({@link System#nanoTime})
 * @param timestamp in units of the codec's RTP clock
 */
public record RtpPacket(long atNanos, SocketAddress from, int payloadType, boolean marker, int sequence, long timestamp,
        long ssrc, byte[] payload) {}
