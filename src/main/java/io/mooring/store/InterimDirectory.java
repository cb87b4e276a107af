package io.mooring.store;

import io.mooring.call.Directory;
import io.mooring.call.Feature;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;

/** Default codes for every tenant, until the tenants' own are read. */
public final class InterimDirectory implements Directory {
    private final RedisAccess redis;

    public InterimDirectory(RedisAccess redis) {
        this.redis = redis;
    }

    @Override
    public Feature feature(String tenant, String dialled) {
        if (dialled.startsWith("*68")) {
            return new Feature.Park(dialled.substring(3));
        }
        return dialled.startsWith("*88") ? new Feature.Retrieve(dialled.substring(3)) : new Feature.None();
    }

    @Override
    public boolean hasExtension(String tenant, String extension) {
        Response found = redis.send(Request.cmd(Command.EXISTS).arg("edge:sub:" + tenant + ":" + extension));
        return found != null && found.toString().equals("1");
    }
}
