import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * How do millions of records get into a topic in seconds? Arguments: bootstrap servers, topic, laps.
 * Standard input: for each record its time (8 bytes), the lengths of key and value (4 each), key, value.
 * With several laps the records are messages, which are sent again in each lap with other ids, and later. Senders whose
 * id begins with STRANGER are others in each lap, so that as many conversations begin.
 */
public final class Feed {
    private static final int AT_ONCE = 1 << 20;
    private static final String ID_BEGINS = "mABCDEFGHIJKLMNOPQRSTUVWXYZ"; // by lap
    private static final byte STRANGER = 'v';
    private static final int ID = 11; // of a message's value: behind Avro's header and the length of the id

    private record Sent(long at, byte[] key, byte[] value) {}

    private Feed() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", arguments[0], "linger.ms", "20", "batch.size", "262144",
                "buffer.memory", "134217728", "max.block.ms", "300000");
        ByteArraySerializer bytes = new ByteArraySerializer();
        int laps = Integer.parseInt(arguments[2]);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, bytes, bytes);
                DataInputStream records = new DataInputStream(new BufferedInputStream(System.in, AT_ONCE))) {
            List<Sent> sent = new ArrayList<>();
            for (Sent next = read(records); next != null; next = read(records)) {
                send(producer, arguments[1], next);
                if (laps > 1) {
                    sent.add(next);
                }
            }
            for (int lap = 1; lap < laps; lap++) {
                long laterMs = lap * (sent.get(sent.size() - 1).at - sent.get(0).at + 1);
                for (Sent first : sent) {
                    send(producer, arguments[1], later(first, ID_BEGINS.charAt(lap), laterMs));
                }
            }
        }
    }

    private static Sent read(DataInputStream records) throws IOException {
        long at;
        try {
            at = records.readLong();
        } catch (EOFException end) {
            return null;
        }
        byte[] key = new byte[records.readInt()];
        byte[] value = new byte[records.readInt()];
        records.readFully(key);
        records.readFully(value);
        return new Sent(at, key, value);
    }

    /** Its time in the value, an Avro long behind the id, stays as long: six bytes until the year 2039. */
    private static Sent later(Sent first, char idBegin, long ms) {
        byte[] value = first.value.clone();
        value[ID] = (byte) idBegin;
        int at = ID + (value[ID - 1] >> 1);
        long left = first.at + ms << 1;
        for (; value[at] < 0; at++, left >>>= 7) {
            value[at] = (byte) (left & 0x7F | 0x80);
        }
        value[at] = (byte) left;
        int sender = at + 2; // behind the length of the id
        if (value[sender] != STRANGER) {
            return new Sent(first.at + ms, first.key, value);
        }
        byte[] key = first.key.clone();
        value[sender] = key[0] = (byte) idBegin;
        return new Sent(first.at + ms, key, value);
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String topic, Sent sent) {
        producer.send(new ProducerRecord<>(topic, null, sent.at, sent.key, sent.value), (where, fault) -> {
            if (fault != null) {
                fault.printStackTrace();
                Runtime.getRuntime().halt(1);
            }
        });
    }
}
