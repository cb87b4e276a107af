/** Tenants, their extensions and trunks: what they are and what is allowed. Pure, no framework and no I/O. */
@NullMarked
package io.mooring.tenant;

import org.jspecify.annotations.NullMarked;
