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
 * Turns the rows that the Router emits into Kafka records: Row(topic, key, payload) into a record of that topic,
 * Row(key, payload) into one of the sink's only topic. The payload is, big-endian: the record's timestamp (8 bytes), length
 * of the Kafka key (4, -1 for null), key, number of headers (2), for each header its name (two-byte length, UTF-8) and value
 * (four-byte length); 1, or 0 for a null value; the rest is the record's value. The row's own key is for routing inside the job and is not written.
 * Rows and metrics have the contract's topics, the broker has its own names for them.
 */
public final class RecordSerializer implements KafkaRecordSerializationSchema<Row>, KafkaDatasetFacetProvider {
    private static final long serialVersionUID = 1L;

    private static final int LAG_WINDOW = 1_000; // records of a topic in its histogram of lags

    private final ArrayList<String> topics;
    private final ArrayList<String> names;
    private transient Map<String, Histogram> lags;

    /** `names` are the topics' names on the broker, in the order of `topics`. */
    public RecordSerializer(String[] topics, String[] names) {
        this.topics = new ArrayList<>(List.of(topics));
        this.names = new ArrayList<>(List.of(names));
    }

    /** Names the topics: the sink searches them for transactions that an earlier job left open, to abort them. */
    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
        return Optional.of(new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(names)));
    }

    /** Registers a histogram of lag per topic: wall-clock time when a record is written minus its event time, in ms. */
    @Override
    public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sink) {
        if (lags != null) { // the sink calls this twice
            return;
        }
        MetricGroup metrics = context.getMetricGroup().addGroup("kithward");
        lags = new HashMap<>();
        for (String topic : topics) {
            Histogram lag = new DescriptiveStatisticsHistogram(LAG_WINDOW);
            lags.put(topic, metrics.addGroup("topic", topic).histogram("lag_ms", lag));
        }
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(Row route, KafkaSinkContext context, Long timestamp) {
        int last = route.getArity() - 1;
        String topic = last == 2 ? (String) route.getField(0) : topics.get(0);
        ByteBuffer rest = ByteBuffer.wrap((byte[]) route.getField(last));
        // The Kafka client throws on a negative timestamp, and a malformed record must not stop the job.
        long atMs = Math.max(rest.getLong(), 0L);
        if (lags != null) { // open() was called: not in unit tests
            lags.get(topic).update(System.currentTimeMillis() - atMs);
        }
        int length = rest.getInt();
        byte[] key = length < 0 ? null : PackedBytes.read(rest, length);
        Headers headers = new RecordHeaders();
        for (int left = Short.toUnsignedInt(rest.getShort()); left > 0; left--) {
            headers.add(PackedBytes.readName(rest), PackedBytes.readSized(rest));
        }
        byte[] value = rest.get() == 0 ? null : PackedBytes.read(rest, rest.remaining());
        return new ProducerRecord<>(names.get(topics.indexOf(topic)), null, atMs, key, value, headers);
    }
}
