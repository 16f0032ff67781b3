package kithward;

import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** Which routes are for one step? Row(destination, key, payload) in; those of the step out, as Row(key, payload). */
public final class To implements FlatMapFunction<Row, Row>, ResultTypeQueryable<Row> {
    private static final long serialVersionUID = 1L;

    private final String destination;

    public To(String destination) {
        this.destination = destination;
    }

    @Override
    public void flatMap(Row route, Collector<Row> out) {
        if (destination.equals(route.getField(0))) {
            out.collect(Row.of(route.getField(1), route.getField(2)));
        }
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return Types.ROW_NAMED(
                new String[] {"key", "payload"},
                Types.STRING,
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }
}
