package io.mooring.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.mooring.tenant.TenantJson;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What each request asks before anything else: whose token it bears, and whether its tenant may ask so often.
 *
 * <p>All methods wait, on a Vert.x virtual thread, and throw {@link StoreUnavailableException}.
 */
public final class AccessStore {

    private final RedisAccess redis;
    private final LuaScript useToken = LuaScript.load("use_token");
    private final LuaScript takeRequest = LuaScript.load("take_request");

    /** @param redis the store */
    public AccessStore(RedisAccess redis) {
        this.redis = redis;
    }

    /**
     * What a token allows. Its use is noted, to the minute.
     *
     * @param hash of its secret
     * @param nowMillis milliseconds since 1970
     */
    public Optional<ObjectNode> use(String hash, long nowMillis) {
        return Optional.ofNullable(
                useToken.run(redis, List.of(Draft.token(hash)), List.of(Long.toString(nowMillis))).await())
                .map(found -> TenantJson.parse(found.toString()));
    }

    /** When tokens were used last, milliseconds since 1970, to the minute; empty for one that never was. */
    public List<Optional<Long>> usedAtMillis(List<String> hashes) {
        List<Future<Response>> replies = new ArrayList<>();
        hashes.forEach(hash -> replies
                .add(redis.submit(Request.cmd(Command.HGET).arg(Draft.token(hash)).arg("usedAtMillis"))));
        return replies.stream()
                .map(reply -> Optional.ofNullable(reply.await()).map(used -> Long.parseLong(used.toString())))
                .toList();
    }

    /**
     * Takes a request out of what a tenant has left in this second.
     *
     * @return 0 when it may pass, else the milliseconds until one may
     */
    public long takeRequest(String domain, int requestsPerSecond) {
        Response wait = bucket(domain, requestsPerSecond, 0).await();
        return Long.parseLong(Objects.requireNonNull(wait, "a script without a result").toString());
    }

    /**
     * Takes more requests out, for one that was worth so many. What there is not left, the tenant owes, up to what one second
     * gives. Does not wait.
     */
    public void charge(String domain, int requestsPerSecond, int requests) {
        bucket(domain, requestsPerSecond, requests);
    }

    private Future<@Nullable Response> bucket(String domain, int requestsPerSecond, int worth) {
        return takeRequest.run(redis, List.of("rate:" + domain),
                List.of(Integer.toString(requestsPerSecond), Integer.toString(worth)));
    }
}
