/** What devices are shown of parked calls: what can be watched, by whom, and the bodies that tell of it. */
@NullMarked
package io.mooring.watch;

import org.jspecify.annotations.NullMarked;
