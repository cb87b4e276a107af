/** Calls through a whole stack, with real phones and real audio. */
@NullMarked
package io.mooring.calls;

import org.jspecify.annotations.NullMarked;
