/** The node's side of the contract with Kamailio: events in, actions out ({@code docs/edge-contract.md}). */
@NullMarked
package io.mooring.edge;

import org.jspecify.annotations.NullMarked;
