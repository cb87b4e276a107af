/** Redis, the truth: calls, places, due times, tenants. The only package that talks to the driver. */
@NullMarked
package io.mooring.store;

import org.jspecify.annotations.NullMarked;
