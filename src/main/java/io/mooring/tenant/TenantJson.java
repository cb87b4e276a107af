package io.mooring.tenant;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/** How the values of this package are written as JSON, in the store and by the API: by the names of their components. */
public final class TenantJson {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(new SimpleModule()
                    .addSerializer(TrunkAddress.class, ToStringSerializer.instance)
                    .addDeserializer(TrunkAddress.class, new TrunkAddressReader()))
            .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
            .enable(DeserializationFeature.READ_ENUMS_USING_TO_STRING)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .serializationInclusion(JsonInclude.Include.NON_ABSENT)
            .build();

    private TenantJson() {}

    private static final class TrunkAddressReader extends StdScalarDeserializer<TrunkAddress> {

        private static final long serialVersionUID = 1L;

        TrunkAddressReader() {
            super(TrunkAddress.class);
        }

        @Override
        public TrunkAddress deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return TrunkAddress.parse(parser.getValueAsString());
        }
    }

    /** An empty object. */
    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    /** A value as JSON; absent fields are left out. */
    public static ObjectNode write(Object value) {
        return MAPPER.valueToTree(value);
    }

    /**
     * A value as JSON, with those fields of an earlier one that this build does not know: a later build, which ran or runs beside it, has written
     * them.
     */
    public static ObjectNode writeOver(Object value, Optional<ObjectNode> before) {
        ObjectNode json = write(value);
        before.filter(old -> value instanceof Record).ifPresent(old -> {
            ObjectNode unknown = old.deepCopy();
            Arrays.stream(value.getClass().getRecordComponents()).forEach(known -> unknown.remove(known.getName()));
            json.setAll(unknown);
        });
        return json;
    }

    /** Any value as JSON. */
    public static JsonNode node(Object value) {
        return MAPPER.valueToTree(value);
    }

    /** A value of the store, which this class has written. */
    public static <T> T read(JsonNode json, Class<T> type) {
        try {
            return MAPPER.treeToValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the store holds no " + type.getSimpleName(), e);
        }
    }

    /** JSON of the store, which this class has written. */
    public static ObjectNode parse(String text) {
        try {
            return (ObjectNode) MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the store holds no JSON", e);
        }
    }
}
