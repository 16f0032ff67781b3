package kithward;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeutils.base.LongSerializer;

/**
 * The watermark of a step, restored after a restart: Flink begins without one, and until all inputs have told theirs, events
 * that were late before would not be. Every instance reads those of all and starts from the lowest, as it may have been moved
 * between instances.
 */
final class StepWatermark {
    private final ListState<Long> stored;
    private long currentMs = Long.MIN_VALUE;

    StepWatermark(OperatorStateStore store) throws Exception {
        stored = store.getUnionListState(new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE));
        long lowest = Long.MAX_VALUE;
        for (long of : stored.get()) {
            lowest = Math.min(lowest, of);
            currentMs = lowest;
        }
    }

    long currentMs() {
        return currentMs;
    }

    void advance(long toMs) {
        currentMs = Math.max(currentMs, toMs);
    }

    void snapshot() throws Exception {
        stored.update(List.of(currentMs));
    }
}
