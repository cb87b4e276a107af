/** SIP and SDP as text: parsing and writing messages, URIs and headers. Pure: no I/O, no framework. */
@NullMarked
package io.mooring.sip;

import org.jspecify.annotations.NullMarked;
