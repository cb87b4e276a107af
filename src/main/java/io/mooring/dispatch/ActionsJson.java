package io.mooring.dispatch;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import io.mooring.edge.EdgeAction;
import io.mooring.edge.UnavailableException;
import java.util.List;

/** Actions as they are remembered with a call, to be given again when the same event comes again. */
final class ActionsJson {
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "do")
    private interface Named {}

    private static final TypeReference<List<EdgeAction>> LIST = new TypeReference<>() {};

    private static final ObjectMapper JSON = JsonMapper.builder(new JsonFactoryBuilder()
            .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
            .build())
            .addMixIn(EdgeAction.class, Named.class)
            .registerSubtypes(
                    new NamedType(EdgeAction.Reply.class, "reply"),
                    new NamedType(EdgeAction.Send.class, "send"),
                    new NamedType(EdgeAction.Own.class, "own"),
                    new NamedType(EdgeAction.Disown.class, "disown"),
                    new NamedType(EdgeAction.Cancel.class, "cancel"),
                    new NamedType(EdgeAction.Raw.class, "raw"))
            .build();

    private ActionsJson() {}

    static String write(List<EdgeAction> actions) {
        try {
            return JSON.writerFor(LIST).writeValueAsString(actions);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws UnavailableException when they cannot be read: the node that wrote them is of another version, and another one may know it */
    static List<EdgeAction> read(String json) {
        try {
            return JSON.readValue(json, LIST);
        } catch (JsonProcessingException _) {
            throw new UnavailableException("remembered actions that this node cannot read");
        }
    }
}
