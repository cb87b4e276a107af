package io.mooring.edge;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/**
 * The JSON of the contract, read and written as a stream: every call passes here several times, and data binding would
 * cost more than the rest of the way.
 */
final class EdgeJson {

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            // The default keeps its buffers by thread, and ours are virtual and new for each event.
            .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private EdgeJson() {}

    /**
     * Reads an event. Unknown fields are passed over, so that an edge may be upgraded first.
     *
     * @throws MalformedEventException when it is not JSON, or a field is missing or has a wrong type
     */
    static EdgeEvent readEvent(byte[] json) throws MalformedEventException {
        try (JsonParser parser = JSON.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw MalformedEventException.wrongShape("an object is expected", "");
            }
            var fields = new EventFields();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                fields.take(name, parser);
            }
            if (parser.nextToken() != null) {
                throw MalformedEventException.notJson("there is more after the object");
            }
            return fields.event();
        } catch (JsonParseException e) {
            throw MalformedEventException.notJson(e.getOriginalMessage());
        } catch (IOException e) {
            throw MalformedEventException.notJson("it is not UTF-8");
        }
    }

    /** Writes {@code {"actions": [...]}}. */
    static byte[] writeActions(List<EdgeAction> actions) {
        var bytes = new ByteArrayBuilder();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeArrayFieldStart("actions");
            for (EdgeAction action : actions) {
                json.writeStartObject();
                write(json, action);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, EdgeAction action) throws IOException {
        switch (action) {
            case EdgeAction.Reply reply -> {
                json.writeStringField("do", "reply");
                json.writeStringField("transaction", reply.transaction());
                json.writeNumberField("status", reply.status());
                json.writeStringField("reason", reply.reason());
                json.writeStringField("toTag", reply.toTag());
                json.writeStringField("headers", reply.headers());
                json.writeStringField("body", reply.body());
            }
            case EdgeAction.Send send -> {
                json.writeStringField("do", "send");
                json.writeStringField("method", send.method());
                json.writeStringField("uri", send.uri());
                json.writeStringField("next", send.next());
                json.writeStringField("socket", send.socket());
                json.writeStringField("headers", send.headers());
                json.writeStringField("body", send.body());
                if (!send.report().isEmpty()) {
                    json.writeStringField("report", send.report());
                }
            }
            case EdgeAction.Own own -> {
                json.writeStringField("do", "own");
                json.writeStringField("dialog", own.dialog());
                json.writeStringField("owner", own.owner());
            }
            case EdgeAction.Disown disown -> {
                json.writeStringField("do", "disown");
                json.writeStringField("dialog", disown.dialog());
            }
            case EdgeAction.Cancel cancel -> {
                json.writeStringField("do", "cancel");
                json.writeStringField("dialog", cancel.dialog());
                json.writeNumberField("cseq", cancel.cseq());
            }
            case EdgeAction.Raw raw -> {
                json.writeStringField("do", "raw");
                json.writeStringField("next", raw.next());
                json.writeStringField("message", raw.message());
            }
        }
    }

    /** The fields seen so far. */
    private static final class EventFields {

        private String edge = "";
        private String control = "";
        private String kind = "";
        private String correlation = "";
        private String transaction = "";
        private String tenant = "";
        private String user = "";
        private String trunk = "";
        private String owner = "";
        private String source = "";
        private String socket = "";
        private String message = "";
        private String plain = "";
        private String invite = "";
        private String answer = "";
        private String reinvite = "";
        private String reanswer = "";

        void take(String name, JsonParser parser) throws IOException, MalformedEventException {
            switch (name) {
                case "edge" -> edge = text(name, parser);
                case "control" -> control = text(name, parser);
                case "kind" -> kind = text(name, parser);
                case "correlation" -> correlation = text(name, parser);
                case "transaction" -> transaction = text(name, parser);
                case "tenant" -> tenant = text(name, parser);
                case "user" -> user = text(name, parser);
                case "trunk" -> trunk = text(name, parser);
                case "owner" -> owner = text(name, parser);
                case "source" -> source = text(name, parser);
                case "socket" -> socket = text(name, parser);
                case "message" -> message = text(name, parser);
                case "plain" -> plain = text(name, parser);
                case "invite" -> invite = text(name, parser);
                case "answer" -> answer = text(name, parser);
                case "reinvite" -> reinvite = text(name, parser);
                case "reanswer" -> reanswer = text(name, parser);
                default -> parser.skipChildren();
            }
        }

        EdgeEvent event() throws MalformedEventException {
            require("edge", edge);
            require("control", control);
            require("correlation", correlation);
            require("message", message);
            EdgeEvent.Kind is = switch (kind) {
                case "request" -> EdgeEvent.Kind.REQUEST;
                case "reply" -> EdgeEvent.Kind.REPLY;
                default -> throw MalformedEventException.wrongShape("must be request or reply", "kind");
            };
            return new EdgeEvent(edge, control, is, correlation, transaction, tenant, user, trunk, owner, source,
                    socket,
                    message,
                    plain,
                    invite.isEmpty() ? Said.NOTHING : new Said(invite, answer, reinvite, reanswer),
                    System.nanoTime());
        }

        private static String text(String name, JsonParser parser) throws IOException, MalformedEventException {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw MalformedEventException.wrongShape("must be a string", name);
            }
            return Objects.requireNonNull(parser.getText());
        }

        private static void require(String name, String value) throws MalformedEventException {
            if (value.isEmpty()) {
                throw MalformedEventException.wrongShape("is required", name);
            }
        }
    }
}
