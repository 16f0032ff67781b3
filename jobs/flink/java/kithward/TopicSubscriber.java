package kithward;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.admin.AdminClient;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.admin.TopicDescription;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.KafkaFuture;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.TopicPartition;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.TopicPartitionInfo;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Lists the partitions of the input topics, at the start and at every discovery of partitions. It looks at the output topics,
 * too, so that a topic that was deleted is named within one discovery: Flink's own subscriber fails without its name, and a
 * sink only when it has something to write.
 */
public final class TopicSubscriber implements KafkaSubscriber {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> inputs;
    private final ArrayList<String> outputs;

    public TopicSubscriber(String[] inputs, String[] outputs) {
        this.inputs = new ArrayList<>(List.of(inputs));
        this.outputs = new ArrayList<>(List.of(outputs));
    }

    @Override
    public Set<TopicPartition> getSubscribedTopicPartitions(AdminClient admin) {
        ArrayList<String> topics = new ArrayList<>(inputs);
        topics.addAll(outputs);
        ArrayList<String> missing = new ArrayList<>();
        Set<TopicPartition> partitions = new HashSet<>();
        Map<String, KafkaFuture<TopicDescription>> described = admin.describeTopics(topics).topicNameValues();
        for (String topic : topics) {
            try {
                TopicDescription description = described.get(topic).get();
                if (inputs.contains(topic)) {
                    for (TopicPartitionInfo partition : description.partitions()) {
                        partitions.add(new TopicPartition(topic, partition.partition()));
                    }
                }
            } catch (ExecutionException fault) {
                if (!(fault.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw new IllegalStateException("topic " + topic + " cannot be described", fault.getCause());
                }
                missing.add(topic);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while topics are described", interrupted);
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException("the broker has no topic " + String.join(", ", missing)
                    + ": it was deleted, or never created; create it with: kithward topics create, unless a mapping names it");
        }
        return partitions;
    }
}
