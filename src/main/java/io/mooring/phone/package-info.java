/** What phones are provisioned with; pure. */
@NullMarked
package io.mooring.phone;

import org.jspecify.annotations.NullMarked;
