/** What a node counts and times, by name. */
@NullMarked
package io.mooring.metrics;

import org.jspecify.annotations.NullMarked;
