/** What we play to people: the music and prompts of tenants, made into files for rtpengine. */
@NullMarked
package io.mooring.sound;

import org.jspecify.annotations.NullMarked;
