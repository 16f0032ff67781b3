package kithward;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.flink.util.Collector;

/**
 * Packs a Kafka record into one byte array for Python, big-endian: timestamp (8 bytes), offset (8), partition (4), the
 * topic's index in the sorted list of input topics (2), length of the key (4, -1 for null), length of the value (4, -1 for
 * null), key, value. The value is not decoded here, so no record can fail here.
 */
public final class RecordDeserializer implements KafkaRecordDeserializationSchema<byte[]> {
    private static final long serialVersionUID = 1L;
    private static final int HEAD = 8 + 8 + 4 + 2 + 4 + 4;

    private final String[] topics;
    private final HashSet<String> former;

    /** Records of `former` topics are dropped: a savepoint goes on with the partitions that it has positions of. */
    public RecordDeserializer(String[] topics, String[] former) {
        this.topics = topics.clone();
        Arrays.sort(this.topics);
        this.former = new HashSet<>(List.of(former));
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<byte[]> out) throws IOException {
        if (former.contains(record.topic())) {
            return;
        }
        byte[] key = record.key();
        byte[] value = record.value();
        ByteBuffer packed = ByteBuffer.allocate(HEAD + Math.max(length(key), 0) + Math.max(length(value), 0));
        packed.putLong(record.timestamp()).putLong(record.offset()).putInt(record.partition());
        packed.putShort(index(record.topic())).putInt(length(key)).putInt(length(value));
        putIfPresent(packed, key);
        putIfPresent(packed, value);
        out.collect(packed.array());
    }

    @Override
    public TypeInformation<byte[]> getProducedType() {
        return PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    }

    private short index(String topic) throws IOException {
        int index = Arrays.binarySearch(topics, topic);
        if (index < 0) {
            throw new IOException("topic " + topic + " is not among the input topics " + Arrays.toString(topics)
                    + "; one that a mapping no longer names is passed over with --former-topic");
        }
        return (short) index;
    }

    private static int length(byte[] bytes) {
        return bytes == null ? -1 : bytes.length;
    }

    private static void putIfPresent(ByteBuffer packed, byte[] bytes) {
        if (bytes != null) {
            packed.put(bytes);
        }
    }
}
