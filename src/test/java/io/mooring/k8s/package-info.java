/** What is in {@code k8s}, held against the objects of Kubernetes and against the product. */
@org.jspecify.annotations.NullMarked
package io.mooring.k8s;
