package kithward;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.types.Row;

/**
 * How late is it, for the whole job? Passes all rows on and keeps one time for all steps, so it runs in one instance.
 * It mends three things. A restored job begins without a watermark, and what was late before would no longer be: this
 * one remembers it. Idleness does not go past it: a step that takes from the input and from another step would not wait
 * for the other while that counts as idle, and call late what it sends. And the end of time, when a job is drained, does
 * not get past an idle source: it is said here.
 */
public final class WatermarkGate extends AbstractStreamOperator<Row>
        implements OneInputStreamOperator<Row, Row>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private transient ListState<Long> remembered;
    private transient long watermark;

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        remembered = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE));
        watermark = Long.MIN_VALUE;
        for (long last : remembered.get()) {
            watermark = last;
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        if (watermark != Long.MIN_VALUE) {
            output.emitWatermark(new Watermark(watermark));
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        remembered.update(List.of(watermark));
    }

    @Override
    public void processElement(StreamRecord<Row> element) {
        output.collect(element);
    }

    @Override
    public void processWatermark(Watermark mark) {
        if (mark.getTimestamp() > watermark) {
            watermark = mark.getTimestamp();
            output.emitWatermark(mark);
        }
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) {}

    /** The job is drained. When it is stopped to be restored, this is not called. */
    @Override
    public void endInput() {
        processWatermark(Watermark.MAX_WATERMARK);
    }
}
