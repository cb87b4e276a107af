/** From an event to the flow that it belongs to, and from the flow's orders to Redis and the edges. */
@NullMarked
package io.mooring.dispatch;

import org.jspecify.annotations.NullMarked;
