package kithward;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.Headers;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;
import org.apache.flink.types.Row;

/**
 * What is written to Kafka? From Row(topic, key, payload) one record of that topic; from Row(key, payload) one of the only
 * topic that there is. The payload is, big endian: the record's time (8 bytes), length of the Kafka key (4, -1 for null),
 * key, number of headers (2), for each header its name (two-byte length, UTF-8) and value (four-byte length); the rest is
 * the record's value. The row's own key was for routing inside the job and is not written.
 */
public final class RecordSerializer implements KafkaRecordSerializationSchema<Row>, KafkaDatasetFacetProvider {
    private static final long serialVersionUID = 1L;

    private static final int LAST = 1_000; // records of a topic that its lag is told of

    private final ArrayList<String> topics;
    private transient Map<String, Histogram> lags;

    public RecordSerializer(String[] topics) {
        this.topics = new ArrayList<>(List.of(topics));
    }

    /** Where the records go: the sink looks there for transactions that a job of before has left open. */
    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
        return Optional.of(new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(topics)));
    }

    /** Begins to tell of each topic how old its records are when they are written: now less their event time, in ms. */
    @Override
    public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sink) {
        if (lags != null) { // the sink opens it twice, and the second time everything is measured already
            return;
        }
        MetricGroup metrics = context.getMetricGroup().addGroup("kithward");
        lags = new HashMap<>();
        for (String topic : topics) {
            Histogram lag = new DescriptiveStatisticsHistogram(LAST);
            lags.put(topic, metrics.addGroup("topic", topic).histogram("lag_ms", lag));
        }
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Row route, KafkaSinkContext context, Long timestamp) {
        int last = route.getArity() - 1;
        String topic = last == 2 ? (String) route.getField(0) : topics.get(0);
        ByteBuffer rest = ByteBuffer.wrap((byte[]) route.getField(last));
        // The client refuses a negative time with an exception, and a malformed record must not stop the job.
        long at = Math.max(rest.getLong(), 0L);
        if (lags != null) { // somebody has opened this: a job
            lags.get(topic).update(System.currentTimeMillis() - at);
        }
        int length = rest.getInt();
        byte[] key = length < 0 ? null : PackedBytes.bytes(rest, length);
        Headers headers = new RecordHeaders();
        for (int left = Short.toUnsignedInt(rest.getShort()); left > 0; left--) {
            headers.add(PackedBytes.name(rest), PackedBytes.bytes(rest));
        }
        byte[] value = PackedBytes.bytes(rest, rest.remaining());
        return new ProducerRecord<>(topic, null, at, key, value, headers);
    }
}
