/** Tests of {@code ./mooring} itself. */
@NullMarked
package io.mooring.launcher;

import org.jspecify.annotations.NullMarked;
