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
 * Routes the records that Python packed, to a topic or to a step's side output. The input, or its first field, is any
 * number of routes: destination (two-byte length, UTF-8), key (four-byte length, UTF-8) and payload (four-byte length). A
 * record for a topic is emitted as Row(topic, key, payload); a record for a step goes to that step's side output as
 * Row(key, payload), so a step receives nothing that is not for it. Further fields of the input, such as the row's time,
 * are dropped.
 */
public final class Router extends ProcessFunction<Object, Row> implements ResultTypeQueryable<Row> {
    private static final long serialVersionUID = 1L;
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

    private final HashSet<String> topics;
    private transient Map<String, OutputTag<Row>> sideOutputs;

    public Router(String[] topics) {
        this.topics = new HashSet<>(List.of(topics));
    }

    /** Returns the side output of a step. */
    public static OutputTag<Row> sideOutput(String step) {
        return new OutputTag<>(step, Types.ROW_NAMED(new String[] {"key", "payload"}, Types.STRING, BYTES));
    }

    @Override
    public void processElement(Object packed, Context context, Collector<Row> out) {
        for (Row route : unpack(packed)) {
            String destination = (String) route.getField(0);
            if (topics.contains(destination)) {
                out.collect(route);
            } else {
                context.output(cachedSideOutput(destination), Row.of(route.getField(1), route.getField(2)));
            }
        }
    }

    /** Returns Row(destination, key, payload) for each packed route. */
    public static List<Row> unpack(Object packed) {
        byte[] bytes = (byte[]) (packed instanceof Row row ? row.getField(0) : packed);
        List<Row> routes = new ArrayList<>();
        if (bytes != null) {
            for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
                String destination = PackedBytes.readName(rest);
                String key = new String(PackedBytes.readSized(rest), StandardCharsets.UTF_8);
                routes.add(Row.of(destination, key, PackedBytes.readSized(rest)));
            }
        }
        return routes;
    }

    private OutputTag<Row> cachedSideOutput(String step) {
        if (sideOutputs == null) {
            sideOutputs = new HashMap<>();
        }
        return sideOutputs.computeIfAbsent(step, Router::sideOutput);
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return Types.ROW_NAMED(new String[] {"topic", "key", "payload"}, Types.STRING, Types.STRING, BYTES);
    }
}
