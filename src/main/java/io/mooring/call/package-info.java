/** The model: calls, legs, places, states and refusals. Pure: no framework, no I/O, no clock of its own. */
@NullMarked
package io.mooring.call;

import org.jspecify.annotations.NullMarked;
