/** Retrieving: the claim, the joining of the two legs, and what becomes of the parked party when it fails. */
@NullMarked
package io.mooring.retrieve;

import org.jspecify.annotations.NullMarked;
