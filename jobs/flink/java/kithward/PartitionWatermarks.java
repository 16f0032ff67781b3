package kithward;

import java.time.Duration;
import org.apache.flink.api.common.eventtime.BoundedOutOfOrdernessWatermarks;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.util.clock.RelativeClock;

/**
 * How far has time come in a partition? To its latest event, less what an event may be late. A partition that has been
 * silent for a while is not waited for. But a source that waits until its records are taken may not look at a partition
 * for seconds, though it has records of it. By the clock on the wall, which Flink's own idleness goes by, that
 * partition would be silent, and all its events late. So it is silent only after several looks as well.
 */
public final class PartitionWatermarks implements WatermarkStrategy<byte[]> {
    private static final long serialVersionUID = 1L;
    private static final int LOOKS = 8; // without an event, at least

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
        private final WatermarkGenerator<byte[]> latest =
                new BoundedOutOfOrdernessWatermarks<>(Duration.ofMillis(outOfOrderMs));
        private final RelativeClock clock;
        private long lookedAtMs;
        private long silentMs;

        OfPartition(RelativeClock clock) {
            this.clock = clock;
            lookedAtMs = clock.relativeTimeMillis();
        }

        @Override
        public void onEvent(byte[] event, long atMs, WatermarkOutput output) {
            silentMs = 0;
            latest.onEvent(event, atMs, output);
        }

        @Override
        public void onPeriodicEmit(WatermarkOutput output) {
            long nowMs = clock.relativeTimeMillis();
            silentMs += Math.min(nowMs - lookedAtMs, Math.max(idleMs / LOOKS, 1));
            lookedAtMs = nowMs;
            if (silentMs >= idleMs) {
                output.markIdle();
            } else {
                latest.onPeriodicEmit(output);
            }
        }
    }
}
