/** Certificates for tests of TLS. */
@NullMarked
package io.mooring.lab.tls;

import org.jspecify.annotations.NullMarked;
