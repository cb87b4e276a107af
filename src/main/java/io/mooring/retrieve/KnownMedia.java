package io.mooring.retrieve;

import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.media.MediaSessions;
import io.mooring.sip.Sdp;
import io.mooring.sip.SipMessage;
import java.util.Optional;

/**
 * Joins a retriever to the parked party in the session that plays the music, without a word to the parked party: its address
 * at rtpengine stays the same, and what it would answer is known from its last answer.
 */
final class KnownMedia {
    private final MediaSessions media;

    KnownMedia(MediaSessions media) {
        this.media = media;
    }

    /** True when the parked party need not be asked about this offer. */
    static boolean canJoin(Call call, Leg parked, SipMessage invite) {
        return invite.hasSdp()
                && !call.music.isEmpty()
                && !parked.localSdp.isEmpty()
                && answer(parked, invite).isPresent();
    }

    /** What the parked party would answer, as far as can be told. */
    private static Optional<String> answer(Leg parked, SipMessage invite) {
        return Sdp.parse(parked.remoteSdp)
                .agreedWith(Sdp.parse(parked.localSdp))
                .answerTo(Sdp.parse(invite.body()), MediaSessions.transcodes());
    }

    /**
     * Joins the two; the music stops.
     *
     * @return the SDP of our answer to the retriever; empty when the session is not what it was (rtpengine was restarted): the
     *     parked party has to be asked
     * @throws io.mooring.media.MediaUnavailableException when rtpengine does not do it
     */
    Optional<String> join(Call call, Leg parked, Leg retriever, SipMessage invite) {
        Optional<String> known = answer(parked, invite);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        String offer = media.offerAtSamePort(call.music, retriever.id, parked.id, invite.body(), parked.codecs());
        if (!Sdp.parse(offer).sameAddressAs(Sdp.parse(parked.localSdp))) {
            return Optional.empty();
        }
        String answer = media.answer(call.music, retriever.id, parked.id, known.get());
        media.stopMusic(call.music, parked.id);
        return Optional.of(answer);
    }
}
