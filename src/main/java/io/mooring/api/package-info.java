/** The public REST API ({@code openapi/mooring-v1.yaml}). */
@NullMarked
package io.mooring.api;

import org.jspecify.annotations.NullMarked;
