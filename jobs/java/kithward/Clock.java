package kithward;

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
 * How late is it? Passes everything on, and mends two things that Flink does to time. A restored job begins with no
 * watermark at all, so that what was late before would no longer be: this one remembers it. And a source that is idle
 * when a job is drained takes the end of time with it: this one says it once more.
 */
public final class Clock extends AbstractStreamOperator<Row>
        implements OneInputStreamOperator<Row, Row>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    // The watermark downstream is the lowest of all active subtasks' or, where all are idle, the highest of all.
    private transient ListState<Long> ofActive;
    private transient ListState<Long> ofIdle;
    private transient long watermark;
    private transient boolean isIdle;

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        ofActive = remembered(context, "watermark");
        ofIdle = remembered(context, "watermark-of-idle");
        watermark = Long.MIN_VALUE;
        for (long idle : ofIdle.get()) {
            watermark = Math.max(watermark, idle);
        }
        if (ofActive.get().iterator().hasNext()) {
            watermark = Long.MAX_VALUE;
        }
        for (long active : ofActive.get()) {
            watermark = Math.min(watermark, active);
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
        ofActive.clear();
        ofIdle.clear();
        (isIdle ? ofIdle : ofActive).add(watermark);
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
    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        isIdle = status.isIdle();
        super.processWatermarkStatus(status);
    }

    /** The job is drained: this is not called when it is stopped to be restored. */
    @Override
    public void endInput() {
        output.emitWatermarkStatus(WatermarkStatus.ACTIVE);
        output.emitWatermark(Watermark.MAX_WATERMARK);
    }

    // Every subtask gets what all have remembered, since another number of them may go on.
    private static ListState<Long> remembered(StateInitializationContext context, String name) throws Exception {
        return context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>(name, LongSerializer.INSTANCE));
    }
}
