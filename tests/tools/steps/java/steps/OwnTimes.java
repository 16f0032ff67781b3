package steps;

import java.nio.ByteBuffer;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.types.Row;

/** Emits each event's own time as a watermark behind it. */
public final class OwnTimes implements WatermarkStrategy<Row> {
    private static final long serialVersionUID = 1L;

    @Override
    public TimestampAssigner<Row> createTimestampAssigner(TimestampAssignerSupplier.Context context) {
        return (route, unused) -> ByteBuffer.wrap((byte[]) route.getField(1)).getLong();
    }

    @Override
    public WatermarkGenerator<Row> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
        return new WatermarkGenerator<>() {
            @Override
            public void onEvent(Row route, long atMs, WatermarkOutput output) {
                output.emitWatermark(new Watermark(atMs));
            }

            @Override
            public void onPeriodicEmit(WatermarkOutput output) {}
        };
    }
}
