/** Parking: by transfer, by completed consultation, by a redirected INVITE. */
@NullMarked
package io.mooring.park;

import org.jspecify.annotations.NullMarked;
