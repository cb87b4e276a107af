package io.mooring.hostile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/** One connection to an edge, made anew when the edge has ended it; what it says is read and forgotten. */
final class RawTcp implements AutoCloseable {

    private final InetSocketAddress edge;
    private Socket socket = new Socket();
    private int connections;

    RawTcp(InetSocketAddress edge) {
        this.edge = edge;
    }

    int connections() {
        return connections;
    }

    /** @param last of this connection: what the edge waits for never comes */
    void send(byte[] bytes, boolean last) {
        try {
            if (!socket.isConnected() || socket.isClosed()) {
                connect();
            }
            socket.getOutputStream().write(bytes);
            if (last) {
                socket.close();
            }
        } catch (IOException e) {
            close();
        }
    }

    private void connect() throws IOException {
        socket = new Socket();
        socket.connect(edge, 5_000);
        connections++;
        var mine = socket;
        Thread.ofVirtual().start(() -> {
            try (mine) {
                mine.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
            } catch (IOException e) {
                // It is over.
            }
        });
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
