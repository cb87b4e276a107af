/** Dialogs that we own: what we send in them, and how two joined legs go on talking. */
@NullMarked
package io.mooring.dialog;

import org.jspecify.annotations.NullMarked;
