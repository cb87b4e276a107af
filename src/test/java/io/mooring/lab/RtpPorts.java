package io.mooring.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A range of RTP ports that no other test on this machine has. Two rtpengines whose ranges overlap bind the same ports without a
 * word (SO_REUSEADDR), and the calls of one get the media of the other. A listening socket, held as long as this is open, is the claim.
 */
public final class RtpPorts implements AutoCloseable {
    private static final int FIRST = 30_000;
    private static final int SIZE = 3_000;
    private static final int RANGES = 11;
    private static final int CLAIMS = 29_900;

    private final int first;
    private final ServerSocket claim;

    private RtpPorts(int first, ServerSocket claim) {
        this.first = first;
        this.claim = claim;
    }

    public static RtpPorts claim() {
        var ranges = IntStream.range(0, RANGES).boxed().collect(Collectors.toList());
        Collections.shuffle(ranges);
        for (var range : ranges) {
            try {
                return new RtpPorts(FIRST + range * SIZE,
                        new ServerSocket(CLAIMS + range, 1, InetAddress.getLoopbackAddress()));
            } catch (IOException e) {
                // Somebody else has it.
            }
        }
        throw new IllegalStateException("all " + RANGES + " ranges of RTP ports are taken");
    }

    public int first() {
        return first;
    }

    public int last() {
        return first + SIZE - 1;
    }

    /** As {@code MOORING_RTP_PORTS} has it. */
    @Override
    public String toString() {
        return first() + "-" + last();
    }

    @Override
    public void close() {
        try {
            claim.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
