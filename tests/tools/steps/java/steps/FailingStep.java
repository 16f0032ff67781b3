package steps;

import org.apache.flink.api.common.functions.RichMapFunction;

/** Stands in for a step's Python operator: fails at late events until it is restored, and returns every batch as it comes. */
public final class FailingStep extends RichMapFunction<byte[], byte[]> {
    private static final long serialVersionUID = 1L;
    private static final byte LATE = 1; // the kind of a batch's first entry, behind the batch's time
    private static final int KIND = 8;

    @Override
    public byte[] map(byte[] batch) {
        if (batch[KIND] == LATE && getRuntimeContext().getTaskInfo().getAttemptNumber() == 0) {
            throw new IllegalStateException("a late event, as the test wants it");
        }
        return batch;
    }
}
