package kithward;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** Takes what the screen says to {@link FirstLook} out of its output: a route before the others of a row. */
public final class FirstLookReceiver extends RichFlatMapFunction<Row, Row> {
    private static final long serialVersionUID = 1L;
    private static final byte[] DESTINATION = PackedBytes.packName("first-look");

    @Override
    public void flatMap(Row row, Collector<Row> out) {
        byte[] routes = (byte[]) row.getField(0);
        int size = DESTINATION.length;
        if (routes.length < size || !Arrays.equals(routes, 0, size, DESTINATION, 0, size)) {
            out.collect(row);
            return;
        }
        ByteBuffer rest = ByteBuffer.wrap(routes, size, routes.length - size);
        PackedBytes.readSized(rest);
        FirstLook.receive(getRuntimeContext(), ByteBuffer.wrap(PackedBytes.readSized(rest)));
        if (rest.hasRemaining()) {
            row.setField(0, PackedBytes.read(rest, rest.remaining()));
            out.collect(row);
        }
    }
}
