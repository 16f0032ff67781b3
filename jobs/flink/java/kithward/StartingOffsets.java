package kithward;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.TopicPartition;

/** Where the source starts without restored state. */
public final class StartingOffsets {
    private StartingOffsets() {}

    /**
     * Starts at offsets, each as `topic/partition/offset`: Python's numbers would reach a Java map as integers. Any other
     * partition, and one whose offset is gone, is read from its beginning.
     */
    public static OffsetsInitializer of(String[] positions) {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (String position : positions) {
            String[] parts = position.split("/");
            offsets.put(new TopicPartition(parts[0], Integer.parseInt(parts[1])), Long.parseLong(parts[2]));
        }
        return OffsetsInitializer.offsets(offsets, OffsetResetStrategy.EARLIEST);
    }
}
