/** rtpengine: music to one leg, and the joined media of two. Speaks the ng protocol, knows no call state. */
@NullMarked
package io.mooring.media;

import org.jspecify.annotations.NullMarked;
