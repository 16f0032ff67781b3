package kithward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Which records go where? The input, or its first field, is what Python said: any number of routes, each a destination
 * (two-byte length, UTF-8), a key (four-byte length, UTF-8) and a payload (four-byte length). What is for a topic leaves
 * as Row(topic, key, payload); what is for a step goes to the step's own side output, as Row(key, payload): a step is
 * sent nothing that is not for it. Further fields of the input, such as the row's time, are not carried on.
 */
public final class Router extends ProcessFunction<Object, Row> implements ResultTypeQueryable<Row> {
    private static final long serialVersionUID = 1L;
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

    private final HashSet<String> topics;
    private transient Map<String, OutputTag<Row>> steps;

    public Router(String[] topics) {
        this.topics = new HashSet<>(List.of(topics));
    }

    /** Returns the side output of a step. */
    public static OutputTag<Row> to(String step) {
        return new OutputTag<>(step, Types.ROW_NAMED(new String[] {"key", "payload"}, Types.STRING, BYTES));
    }

    @Override
    public void processElement(Object packed, Context context, Collector<Row> out) {
        for (Row route : routes(packed)) {
            String destination = (String) route.getField(0);
            if (topics.contains(destination)) {
                out.collect(route);
            } else {
                context.output(side(destination), Row.of(route.getField(1), route.getField(2)));
            }
        }
    }

    /** Returns Row(destination, key, payload) for each route in what Python said. */
    public static List<Row> routes(Object packed) {
        byte[] routes = (byte[]) (packed instanceof Row row ? row.getField(0) : packed);
        List<Row> found = new ArrayList<>();
        if (routes != null) {
            for (ByteBuffer rest = ByteBuffer.wrap(routes); rest.hasRemaining(); ) {
                String destination = PackedBytes.name(rest);
                String key = new String(PackedBytes.bytes(rest), StandardCharsets.UTF_8);
                found.add(Row.of(destination, key, PackedBytes.bytes(rest)));
            }
        }
        return found;
    }

    private OutputTag<Row> side(String step) {
        if (steps == null) {
            steps = new HashMap<>();
        }
        return steps.computeIfAbsent(step, Router::to);
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return Types.ROW_NAMED(new String[] {"topic", "key", "payload"}, Types.STRING, Types.STRING, BYTES);
    }
}
