/** Mooring, a SIP call-park service: the process and its start. */
@NullMarked
package io.mooring;

import org.jspecify.annotations.NullMarked;
