/** What carriers have elsewhere, read from its files, and what it becomes in a tenant; pure. */
@NullMarked
package io.mooring.migration;

import org.jspecify.annotations.NullMarked;
