/** Vert.x, alone or clustered by Hazelcast. The only package that knows Hazelcast. */
@NullMarked
package io.mooring.cluster;

import org.jspecify.annotations.NullMarked;
