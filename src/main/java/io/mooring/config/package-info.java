/** The settings of a node: environment variables, typed and checked at start ({@code docs/configuration.md}). */
@NullMarked
package io.mooring.config;

import org.jspecify.annotations.NullMarked;
