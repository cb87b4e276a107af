/** What an orchestrator and a monitor ask a node: alive, ready, started, figures. */
@NullMarked
package io.mooring.admin;

import org.jspecify.annotations.NullMarked;
