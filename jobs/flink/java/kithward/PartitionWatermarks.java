package kithward;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.BoundedOutOfOrdernessWatermarks;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.util.clock.RelativeClock;

/**
 * The watermark strategy of a Kafka partition: bounded out-of-orderness, with idleness that survives backpressure. Under
 * backpressure the source may not poll a partition for seconds although it has records of it. Flink's own idleness goes by
 * wall-clock time: it would mark that partition idle, and all its events would be late. Here a partition is idle only after
 * several periodic emits without an event as well.
 */
public final class PartitionWatermarks implements WatermarkStrategy<byte[]> {
    private static final long serialVersionUID = 1L;
    private static final int MIN_SILENT_EMITS = 8; // periodic emits without an event before a partition is idle

    private final long outOfOrderMs;
    private final long idleMs;

    public PartitionWatermarks(long outOfOrderMs, long idleMs) {
        this.outOfOrderMs = outOfOrderMs;
        this.idleMs = idleMs;
    }

    @Override
    public WatermarkGenerator<byte[]> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
        return new OfPartition(context.getInputActivityClock());
    }

    private final class OfPartition implements WatermarkGenerator<byte[]> {
        private final WatermarkGenerator<byte[]> bounded =
                new BoundedOutOfOrdernessWatermarks<>(Duration.ofMillis(outOfOrderMs));
        private final RelativeClock clock;
        private long lastEmitMs;
        private long silentMs;

        OfPartition(RelativeClock clock) {
            this.clock = clock;
            lastEmitMs = clock.relativeTimeMillis();
        }

        @Override
        public void onEvent(byte[] event, long atMs, WatermarkOutput output) {
            silentMs = 0;
            bounded.onEvent(event, atMs, output);
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            long nowMs = clock.relativeTimeMillis();
            silentMs += Math.min(nowMs - lastEmitMs, Math.max(idleMs / MIN_SILENT_EMITS, 1));
            lastEmitMs = nowMs;
            if (silentMs >= idleMs) {
                output.markIdle();
            } else {
                bounded.onPeriodicEmit(output);
            }
        }
    }
}
