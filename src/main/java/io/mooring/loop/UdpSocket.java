package io.mooring.loop;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.charset.StandardCharsets;

/**
 * A UDP socket that is connected to one address, and lives on a {@link ClientLoop}. Because it is connected, the kernel keeps
 * what others send away, and tells when nobody listens there [RFC 1122 4.1.3.3]; the sockets of Vert.x are not.
 */
public final class UdpSocket {
    /** Largest datagram over IPv4, in bytes. */
    public static final int MAX_BYTES = 65_507;

    private final Channel channel;
    private final Receiver receiver;

    /** What becomes of a socket; called on the loop, and not any more after {@link #close}. */
    public interface Listener {
        /** A datagram came, text in UTF-8. */
        void received(String text);

        /** Nobody listens at the other end, or the network is away; nothing more will come. */
        void broken(Throwable cause);
    }

    private UdpSocket(Channel channel, Receiver receiver) {
        this.channel = channel;
        this.receiver = receiver;
    }

    /** To be called on the loop; nothing is sent yet, so that it succeeds even when nobody listens. */
    static Future<UdpSocket> connect(ContextInternal context, String host, int port, Listener listener) {
        VertxInternal vertx = context.owner();
        var receiver = new Receiver(context, listener);
        Promise<UdpSocket> opened = context.promise();
        new Bootstrap().group(context.nettyEventLoop())
                .channelFactory(() -> vertx.transport().datagramChannel())
                .resolver(vertx.nameResolver().nettyAddressResolverGroup())
                // What does not fit would be cut off without a word, by default at 2,048 bytes.
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(MAX_BYTES))
                .handler(receiver)
                .connect(host, port)
                .addListener((ChannelFuture done) -> {
                    if (done.isSuccess()) {
                        opened.complete(new UdpSocket(done.channel(), receiver));
                    } else {
                        opened.fail(done.cause());
                    }
                });
        return opened.future();
    }

    /**
     * Sends a datagram; one that cannot be sent breaks the socket.
     *
     * @param text at most {@link #MAX_BYTES} in UTF-8
     */
    public void send(String text) {
        channel.writeAndFlush(ByteBufUtil.writeUtf8(channel.alloc(), text)).addListener((ChannelFuture done) -> {
            if (!done.isSuccess()) {
                receiver.broken(done.cause());
            }
        });
    }

    /** Closes it; the listener hears nothing any more. */
    public void close() {
        receiver.open = false;
        channel.close();
    }

    private static final class Receiver extends SimpleChannelInboundHandler<DatagramPacket> {
        private final ContextInternal context;
        private final Listener listener;
        /** Of the loop. */
        private boolean open = true;

        Receiver(ContextInternal context, Listener listener) {
            this.context = context;
            this.listener = listener;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext channel, DatagramPacket packet) {
            String text = packet.content().toString(StandardCharsets.UTF_8);
            context.emit(text, received -> {
                if (open) {
                    listener.received(received);
                }
            });
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext channel, Throwable cause) {
            broken(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext channel) {
            broken(new IllegalStateException("the socket was closed"));
        }

        private void broken(Throwable cause) {
            context.emit(cause, found -> {
                if (open) {
                    open = false;
                    listener.broken(found);
                }
            });
        }
    }
}
