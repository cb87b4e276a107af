/** How events and clients share the event loops of a node: threads that wait without blocking, commands that wake nobody. */
@NullMarked
package io.mooring.loop;

import org.jspecify.annotations.NullMarked;
