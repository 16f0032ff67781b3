package kithward;

import org.apache.flink.runtime.io.network.api.writer.ResultPartitionWriter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;

/**
 * The network buffers behind an operator's task. The steps behind it wait for the watermark, so its buffers are sent with
 * each: neither earlier, record by record, nor later, when Flink's threads look for what has waited too long.
 */
final class TaskOutput {
    private TaskOutput() {}

    static void flush(AbstractStreamOperator<?> operator) {
        for (ResultPartitionWriter writer : operator.getContainingTask().getEnvironment().getAllWriters()) {
            writer.flushAll();
        }
    }
}
