package kithward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/**
 * Which records go where? The input, or its first field, is what Python said: any number of routes, each a destination
 * (two-byte length, UTF-8), a key (four-byte length, UTF-8) and a payload (four-byte length). The output is one
 * Row(destination, key, payload) a route; further fields of the input, such as the row's time, are not carried on.
 */
public final class Fan implements FlatMapFunction<Object, Row>, ResultTypeQueryable<Row> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(Object packed, Collector<Row> out) {
        byte[] routes = (byte[]) (packed instanceof Row row ? row.getField(0) : packed);
        if (routes == null) {
            return;
        }
        ByteBuffer rest = ByteBuffer.wrap(routes);
        while (rest.hasRemaining()) {
            String destination = Packed.name(rest);
            String key = new String(Packed.bytes(rest), StandardCharsets.UTF_8);
            out.collect(Row.of(destination, key, Packed.bytes(rest)));
        }
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return Types.ROW_NAMED(
                new String[] {"dest", "key", "payload"},
                Types.STRING,
                Types.STRING,
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }
}
