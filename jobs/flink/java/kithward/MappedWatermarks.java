package kithward;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * Holds the watermark back to the event time of mapped topics. The source's watermark goes by the broker's timestamps; how
 * far a partition of a mapped topic has come in event time, the screen says with its output, in a route before the others of
 * a row. A partition that the watermark has passed by its broker's time is idle, and holds nothing back. It runs where the
 * screen does, so a watermark follows all rows of the records before it. It needs no state: after a restart the source's
 * watermark does not pass a partition before its first record has come through here.
 */
public final class MappedWatermarks extends AbstractStreamOperator<Row> implements OneInputStreamOperator<Row, Row> {
    private static final long serialVersionUID = 1L;
    private static final byte[] DESTINATION = PackedBytes.packName("event-clocks");

    private final long outOfOrderMs;
    private transient Clocks clocks;
    private transient long emitted;

    public MappedWatermarks(long outOfOrderMs) {
        this.outOfOrderMs = outOfOrderMs;
    }

    @Override
    public void open() throws Exception {
        super.open();
        clocks = new Clocks(outOfOrderMs);
        emitted = Long.MIN_VALUE;
    }

    @Override
    public void processElement(StreamRecord<Row> element) {
        Row row = element.getValue();
        ByteBuffer rest = PackedBytes.routeTo(DESTINATION, (byte[]) row.getField(0));
        if (rest != null) {
            PackedBytes.readSized(rest);
            clocks.tell(ByteBuffer.wrap(PackedBytes.readSized(rest)));
            if (!rest.hasRemaining()) {
                return;
            }
            row.setField(0, PackedBytes.read(rest, rest.remaining()));
        }
        output.collect(element);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        long held = clocks.hold(mark.getTimestamp());
        if (held > emitted) {
            emitted = held;
            super.processWatermark(new Watermark(held));
        }
    }

    /** The clocks of partitions: the highest time by the broker, and the highest event time. */
    public static final class Clocks {
        private final long outOfOrderMs;
        private final Map<Long, long[]> times = new HashMap<>();

        public Clocks(long outOfOrderMs) {
            this.outOfOrderMs = outOfOrderMs;
        }

        /** Reads for each partition the topic's index (2 bytes), its number (4), broker's time (8) and event time (8). */
        public void tell(ByteBuffer message) {
            while (message.hasRemaining()) {
                long place = ((long) message.getShort() << Integer.SIZE) | message.getInt();
                times.put(place, new long[] {message.getLong(), message.getLong()});
            }
        }

        /** Returns the watermark, not beyond the event time of any partition that is not idle. */
        public long hold(long watermark) {
            long held = watermark;
            for (long[] clock : times.values()) {
                if (watermark < clock[0] - outOfOrderMs) {
                    held = Math.min(held, clock[1] - outOfOrderMs - 1);
                }
            }
            return held;
        }
    }
}
