package io.mooring.media;

import io.mooring.call.Hearing;
import io.vertx.core.Future;
import java.nio.file.Path;

/** Where the audio comes from that is not the music of the node. */
public interface AudioSource {
    /**
     * A file with what a leg shall hear, as cheap to play as can be; does not wait. Fails when there is none.
     *
     * @param hearing not {@link Hearing.NodeMusic}
     */
    Future<Path> file(Hearing hearing);
}
