package kithward;

import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * One watermark for all instances of a stream; forwards everything, and runs with parallelism 1. It restores the watermark
 * after a restart ({@link StoredWatermark}). It hides idleness from the steps: a step with two inputs would not wait for the
 * idle one, and its events would then be late. And it emits the final watermark when the job is drained, which does not get
 * past an idle source. That of the screen holds the job's marker, too, as a job has one of it.
 */
public final class WatermarkGate<T> extends AbstractStreamOperator<T>
        implements OneInputStreamOperator<T, T>, BoundedOneInput {
    private static final long serialVersionUID = 1L;

    private final JobMarker marker;
    private transient StoredWatermark watermark;

    /** `marker` is null for a job that is not marked. */
    public WatermarkGate(JobMarker marker) {
        this.marker = marker;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        watermark = new StoredWatermark(context.getOperatorStateStore().getListState(StoredWatermark.descriptor()));
    }

    @Override
    public void open() throws Exception {
        super.open();
        if (watermark.currentMs() != Long.MIN_VALUE) {
            output.emitWatermark(new Watermark(watermark.currentMs()));
        }
        if (marker != null) {
            marker.start();
        }
    }

    @Override
    public void close() throws Exception {
        try {
            if (marker != null) {
                marker.stop();
            }
        } finally {
            super.close();
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        watermark.snapshot();
    }

    @Override
    public void processElement(StreamRecord<T> element) {
        output.collect(element);
    }

    @Override
    public void processWatermark(Watermark mark) {
        if (watermark.advance(mark.getTimestamp())) {
            output.emitWatermark(mark);
            TaskOutput.flush(this);
        }
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) {}

    /** Called when the job is drained, not when it is stopped with a savepoint to be restored. */
    @Override
    public void endInput() {
        processWatermark(Watermark.MAX_WATERMARK);
    }
}
