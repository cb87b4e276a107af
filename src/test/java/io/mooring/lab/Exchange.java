package io.mooring.lab;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.sip.ClientTransaction;
import org.jspecify.annotations.Nullable;

/** One client transaction: the request, and what becomes of it. */
final class Exchange {

    final SipMessage request;
    final @Nullable Call call;
    /** Sends the request again with this header, in answer to a challenge; absent once it was tried. */
    final @Nullable Consumer<String> withHeader;
    final CompletableFuture<SipMessage> finalReply;
    @Nullable
    ClientTransaction transaction;

    Exchange(SipMessage request, @Nullable Call call, @Nullable Consumer<String> withHeader,
            CompletableFuture<SipMessage> finalReply) {
        this.request = request;
        this.call = call;
        this.withHeader = withHeader;
        this.finalReply = finalReply;
    }
}
