/** Who calls the API, and what they may do: tokens, JWT, roles. */
@NullMarked
package io.mooring.access;

import org.jspecify.annotations.NullMarked;
