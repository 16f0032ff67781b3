import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How do millions of records get into a topic in seconds? Arguments: bootstrap servers, topic, copies of each record.
 * Standard input: for each record its time (8 bytes), the lengths of key and value (4 each), key, value.
 */
public final class Feed {
    private static final int AT_ONCE = 1 << 20;

    private Feed() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", arguments[0], "linger.ms", "20", "batch.size", "262144",
                "buffer.memory", "134217728", "max.block.ms", "300000");
        ByteArraySerializer bytes = new ByteArraySerializer();
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, bytes, bytes);
                DataInputStream records = new DataInputStream(new BufferedInputStream(System.in, AT_ONCE))) {
            send(producer, arguments[1], Integer.parseInt(arguments[2]), records);
        }
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, String topic, int copies, DataInputStream records)
            throws IOException {
        while (true) {
            long at;
            try {
                at = records.readLong();
            } catch (EOFException end) {
                return;
            }
            byte[] key = new byte[records.readInt()];
            byte[] value = new byte[records.readInt()];
            records.readFully(key);
            records.readFully(value);
            for (int copy = 0; copy < copies; copy++) {
                producer.send(new ProducerRecord<>(topic, null, at, key, value), (sent, fault) -> {
                    if (fault != null) {
                        fault.printStackTrace();
                        Runtime.getRuntime().halt(1);
                    }
                });
            }
        }
    }
}
