package io.mooring.store;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.mooring.call.Call;
import io.mooring.call.Leg;
import io.mooring.call.ParkTerms;
import io.mooring.call.Pending;
import io.mooring.call.PinEntry;
import io.mooring.call.RetrievalPin;
import io.mooring.call.ServerTransaction;
import io.mooring.call.SoundVersion;
import io.mooring.call.Watch;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.util.Map;

/**
 * How calls and subscriptions stand in Redis: JSON by the names of their fields, which nodes of two versions may read and write in turn
 * while one takes the place of the other.
 *
 * <p>A record bears the lowest {@code version} that understands all of it; one without was written before there were versions, and is 1. A node
 * that knows less does not touch it: {@link UnknownVersionException}. Within a version, {@link Call}, {@link Leg} and {@link Watch} may get fields;
 * a node that does not know one keeps it as it is. Everything else (what lies in records within them, a new state or purpose, another meaning) needs the
 * next version. {@code RecordShapeTest} holds us to that; the reasons are in ADR 20.
 */
final class Records {

    /** A record has no defaults that could stand for what is left out. */
    @JsonInclude(JsonInclude.Include.ALWAYS)
    private interface Whole {}

    /** What may get fields. */
    private static final class Open {
        @JsonAnyGetter
        @JsonAnySetter
        private final Map<String, Object> unknown = Map.of();
    }

    private static final ObjectMapper JSON = JsonMapper.builder(new JsonFactoryBuilder()
            // Ids of legs are names here: a table of them would grow and be copied for each call.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            // The default keeps its buffers by thread, and ours are virtual and new for each event.
            .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
            .build())
            .visibility(PropertyAccessor.ALL, JsonAutoDetect.Visibility.NONE)
            .visibility(PropertyAccessor.FIELD, JsonAutoDetect.Visibility.ANY)
            .visibility(PropertyAccessor.CREATOR, JsonAutoDetect.Visibility.ANY)
            .serializationInclusion(JsonInclude.Include.NON_EMPTY)
            .addMixIn(Call.class, Open.class)
            .addMixIn(Leg.class, Open.class)
            .addMixIn(Watch.class, Open.class)
            .addMixIn(Pending.class, Whole.class)
            .addMixIn(ServerTransaction.class, Whole.class)
            .addMixIn(Call.Unacknowledged.class, Whole.class)
            .addMixIn(ParkTerms.class, Whole.class)
            .addMixIn(SoundVersion.class, Whole.class)
            .addMixIn(RetrievalPin.class, Whole.class)
            .addMixIn(PinEntry.class, Whole.class)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private Records() {}

    /** As it is kept. */
    static String write(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads what {@link #write} has written, here or at another node.
     *
     * @throws UnknownVersionException when a later version is needed to understand it
     */
    static <T> T read(Response json, Class<T> type) {
        byte[] text = json.toBytes();
        T value;
        try {
            value = JSON.readValue(text, type);
        } catch (IOException e) {
            refuseLater(versionIn(text));
            throw new IllegalStateException("a record in Redis that cannot be read", e);
        }
        switch (value) {
            case Call call -> refuseLater(call.version);
            case Watch watch -> refuseLater(watch.version);
            default -> {}
        }
        return value;
    }

    private static int versionIn(byte[] text) {
        try {
            return JSON.readTree(text).path("version").asInt();
        } catch (IOException e) {
            return 0;
        }
    }

    private static void refuseLater(int version) {
        if (version > Call.VERSION) {
            throw new UnknownVersionException(version);
        }
    }
}
