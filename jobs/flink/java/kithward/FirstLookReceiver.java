package kithward;

import java.nio.ByteBuffer;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.types.Row;
import org.apache.flink.util.Collector;

/** Takes what the screen says to {@link FirstLook} out of its output: a route before the others of a row. */
public final class FirstLookReceiver extends RichFlatMapFunction<Row, Row> {
    private static final long serialVersionUID = 1L;
    private static final byte[] DESTINATION = PackedBytes.packName("first-look");

    @Override
    public void flatMap(Row row, Collector<Row> out) {
        ByteBuffer rest = PackedBytes.routeTo(DESTINATION, (byte[]) row.getField(0));
        if (rest == null) {
            out.collect(row);
            return;
        }
        PackedBytes.readSized(rest);
        FirstLook.receive(getRuntimeContext(), ByteBuffer.wrap(PackedBytes.readSized(rest)));
        if (rest.hasRemaining()) {
            row.setField(0, PackedBytes.read(rest, rest.remaining()));
            out.collect(row);
        }
    }
}
