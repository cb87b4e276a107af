/** Events of calls as programs get them: who may see what. */
@NullMarked
package io.mooring.event;

import org.jspecify.annotations.NullMarked;
