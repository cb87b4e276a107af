/** Recalls: a call that nobody picks up is offered back as its plan says, and ends in the end. */
@NullMarked
package io.mooring.recall;

import org.jspecify.annotations.NullMarked;
