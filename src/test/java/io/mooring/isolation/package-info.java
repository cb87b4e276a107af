/**
 * Two tenants that look alike, side by side, in random sequences of what phones and HTTP clients do: neither may see, hear, reach or
 * change the other. {@link io.mooring.isolation.IsolationIT} runs them; {@link io.mooring.isolation.Operation} is what to add to.
 */
@NullMarked
package io.mooring.isolation;

import org.jspecify.annotations.NullMarked;
