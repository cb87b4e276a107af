/** Load and what it costs: SIPp processes, CPU and memory of the parts, latencies, packets that arrived. */
@NullMarked
package io.mooring.lab.load;

import org.jspecify.annotations.NullMarked;
