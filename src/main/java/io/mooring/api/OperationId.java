package io.mooring.api;

import io.vertx.core.http.HttpMethod;
import java.util.List;

/** Every operation of the contract, by its operation id. */
enum OperationId {
    /** The contract itself. */
    GET_CONTRACT("getContract", HttpMethod.GET, "/v1/openapi.yaml"),
    LIST_TENANTS("listTenants", HttpMethod.GET, "/v1/tenants"),
    GET_TENANT("getTenant", HttpMethod.GET, "/v1/tenants/{domain}"),
    PUT_TENANT("putTenant", HttpMethod.PUT, "/v1/tenants/{domain}"),
    DELETE_TENANT("deleteTenant", HttpMethod.DELETE, "/v1/tenants/{domain}"),
    LIST_EXTENSIONS("listExtensions", HttpMethod.GET, "/v1/tenants/{domain}/extensions"),
    GET_EXTENSION("getExtension", HttpMethod.GET, "/v1/tenants/{domain}/extensions/{extension}"),
    PUT_EXTENSION("putExtension", HttpMethod.PUT, "/v1/tenants/{domain}/extensions/{extension}"),
    DELETE_EXTENSION("deleteExtension", HttpMethod.DELETE, "/v1/tenants/{domain}/extensions/{extension}"),
    LIST_PARKED_CALLS("listParkedCalls", HttpMethod.GET, "/v1/tenants/{domain}/parked-calls"),
    LIST_TRUNKS("listTrunks", HttpMethod.GET, "/v1/trunks"),
    GET_TRUNK("getTrunk", HttpMethod.GET, "/v1/trunks/{address}"),
    PUT_TRUNK("putTrunk", HttpMethod.PUT, "/v1/trunks/{address}"),
    DELETE_TRUNK("deleteTrunk", HttpMethod.DELETE, "/v1/trunks/{address}");

    private final String id;
    private final HttpMethod method;
    private final String template;
    private final List<String> segments;

    OperationId(String id, HttpMethod method, String template) {
        this.id = id;
        this.method = method;
        this.template = template;
        this.segments = PathTemplate.segments(template);
    }

    /** As in the contract. */
    String id() {
        return id;
    }

    HttpMethod method() {
        return method;
    }

    String template() {
        return template;
    }

    List<String> segments() {
        return segments;
    }

    /** The contract is no secret; everything else needs a token. */
    boolean isPublic() {
        return this == GET_CONTRACT;
    }
}
