/** What the HTTP servers of a node share: problem details, bearer tokens, bounded bodies. */
@NullMarked
package io.mooring.http;

import org.jspecify.annotations.NullMarked;
