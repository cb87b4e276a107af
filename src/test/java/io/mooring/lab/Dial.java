package io.mooring.lab;

import io.mooring.lab.audio.Codec;
import java.util.List;

/** An outgoing call before it is made. */
public final class Dial {

    final TestPhone phone;
    final String uri;
    final StringBuilder headers = new StringBuilder();
    List<Codec> codecs;
    boolean withSdp = true;
    Sdp.Direction direction = Sdp.Direction.SENDRECV;

    Dial(TestPhone phone, String uri) {
        this.phone = phone;
        this.uri = uri;
        this.codecs = phone.codecs();
    }

    public Dial header(String name, String value) {
        headers.append(name).append(": ").append(value).append("\r\n");
        return this;
    }

    public Dial codecs(Codec... offered) {
        this.codecs = List.of(offered);
        return this;
    }

    /** The offer comes in the 200 and the answer goes in the ACK. */
    public Dial withoutSdp() {
        this.withSdp = false;
        return this;
    }

    public Dial replaces(Call other) {
        return header("Replaces", other.replaces());
    }

    public Call start() {
        return Call.dial(this);
    }
}
