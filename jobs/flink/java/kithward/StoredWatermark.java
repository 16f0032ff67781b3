package kithward;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;

/**
 * A watermark that is restored after a restart: Flink begins without one, and until all inputs have told theirs, events that
 * were late before would not be. An instance that reads those of several starts from the lowest.
 */
final class StoredWatermark {
    private final ListState<Long> stored;
    private long currentMs = Long.MIN_VALUE;

    StoredWatermark(ListState<Long> stored) throws Exception {
        this.stored = stored;
        long lowest = Long.MAX_VALUE;
        for (long of : stored.get()) {
            lowest = Math.min(lowest, of);
            currentMs = lowest;
        }
    }

    static ListStateDescriptor<Long> descriptor() {
        return new ListStateDescriptor<>("watermark", LongSerializer.INSTANCE);
    }

    long currentMs() {
        return currentMs;
    }

    /** Returns whether it has advanced. */
    boolean advance(long toMs) {
        boolean advances = toMs > currentMs;
        currentMs = Math.max(currentMs, toMs);
        return advances;
    }

    void snapshot() throws Exception {
        stored.update(List.of(currentMs));
    }
}
