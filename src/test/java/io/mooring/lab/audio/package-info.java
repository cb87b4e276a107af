/** What a phone sends and hears: RTP, codecs, and tests whether a sound is a tone, the music or silence. */
@NullMarked
package io.mooring.lab.audio;

import org.jspecify.annotations.NullMarked;
