/**
 * The laboratory: SIP phones with real audio, whole stacks to call through, and the programs that show and measure them.
 *
 * <p>Nothing here uses the product's own SIP or media code: what one side gets wrong, the other must be able to see.
 */
@NullMarked
package io.mooring.lab;

import org.jspecify.annotations.NullMarked;
