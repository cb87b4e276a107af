/** Where the clients of Redis and rtpengine do their work. */
@NullMarked
package io.mooring.loop;

import org.jspecify.annotations.NullMarked;
