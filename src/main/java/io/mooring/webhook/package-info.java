/** Webhooks: events of calls posted to programs of the tenant. */
@NullMarked
package io.mooring.webhook;

import org.jspecify.annotations.NullMarked;
