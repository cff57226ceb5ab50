package io.oarlog.metadata;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.oarlog.metadata.tree.ZnodeData;

/** JSON objects as the data of znodes. Thread-safe. */
final class ZnodeJson {
    private static final JsonMapper MAPPER = new JsonMapper();

    private ZnodeJson() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static ZnodeData write(ObjectNode json) {
        try {
            return ZnodeData.copyOf(MAPPER.writeValueAsBytes(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON nodes can always be written", e);
        }
    }

    /** @throws MalformedZnodeException when the data is not a JSON object */
    static JsonNode read(ZnodeData data) {
        try {
            JsonNode json = MAPPER.readTree(data.toArray());
            if (json != null && json.isObject()) {
                return json;
            }
            throw new MalformedZnodeException("not a JSON object");
        } catch (java.io.IOException e) {
            throw new MalformedZnodeException("not JSON", e);
        }
    }

    /** @throws MalformedZnodeException when there is no such field or it is no whole number */
    static int integer(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isInt()) {
            throw new MalformedZnodeException("'" + field + "' is not a whole number");
        }
        return value.intValue();
    }

    /** @throws MalformedZnodeException when there is no such field or it is no text */
    static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual()) {
            throw new MalformedZnodeException("'" + field + "' is not text");
        }
        return value.textValue();
    }
}
