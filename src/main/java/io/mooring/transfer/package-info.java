/** Transfer of a joined call to another phone of the tenant. */
@NullMarked
package io.mooring.transfer;

import org.jspecify.annotations.NullMarked;
