package io.mooring.api;

/** One operation of the contract. Called on a virtual thread: it may wait. */
@FunctionalInterface
interface Operation {

    /**
     * @throws io.mooring.http.ProblemException for every refusal
     * @throws io.mooring.tenant.InvalidValueException when a value is not allowed
     */
    ApiResponse handle(ApiRequest request);
}
