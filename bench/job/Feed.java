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
 * Writes records to a topic. Arguments: bootstrap servers, topic, laps, records a second (0: as fast as possible).
 * Standard input: for each record its time (8 bytes), the lengths of key and value (4 each), key, value.
 * With several laps the records are messages, which are sent again in each lap with other ids, and later. Senders whose
 * id begins with STRANGER are others in each lap, so that as many conversations begin. At a rate the records are messages
 * that each get the time at which they are sent.
 */
public final class Feed {
    private static final int AT_ONCE = 1 << 20;
    private static final String FIRST_LETTERS = "mABCDEFGHIJKLMNOPQRSTUVWXYZ"; // of ids, by lap
    private static final String SECOND_LETTERS = "0abcdefghijklmnopqrstuvwxyz"; // by laps of laps
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
        Pace pace = new Pace(Integer.parseInt(arguments[3]));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, bytes, bytes);
                DataInputStream records = new DataInputStream(new BufferedInputStream(System.in, AT_ONCE))) {
            List<Sent> sent = new ArrayList<>();
            for (Sent next = read(records); next != null; next = read(records)) {
                if (laps > 1 || pace.isSet()) {
                    sent.add(next);
                }
                if (!pace.isSet()) {
                    send(producer, arguments[1], next);
                }
            }
            for (int lap = pace.isSet() ? 0 : 1; lap < laps; lap++) {
                long laterMs = lap * (sent.get(sent.size() - 1).at - sent.get(0).at + 1);
                for (Sent first : sent) {
                    long at = pace.isSet() ? pace.next() : first.at + laterMs;
                    send(producer, arguments[1], again(first, lap, at));
                }
            }
        }
    }

    /** The times at which records are due that are sent at a rate. */
    private static final class Pace {
        private static final long SECOND_NS = 1_000_000_000;
        private final int rate;
        private final long begunNs = System.nanoTime();
        private long count;

        Pace(int rate) {
            this.rate = rate;
        }

        boolean isSet() {
            return rate > 0;
        }

        /** Waits until the next record is due; returns the time of then. */
        long next() throws InterruptedException {
            long earlyNs = begunNs + count++ * SECOND_NS / rate - System.nanoTime();
            if (earlyNs > 0) {
                Thread.sleep(earlyNs / 1_000_000, (int) (earlyNs % 1_000_000));
            }
            return System.currentTimeMillis();
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

    /** Returns a message of the first lap as that of another. Its time, an Avro long behind the id, has six bytes until 2039. */
    private static Sent again(Sent first, int lap, long atMs) {
        byte[] value = first.value.clone();
        rename(value, ID, lap);
        int at = ID + (value[ID - 1] >> 1);
        long left = atMs << 1;
        for (; value[at] < 0; at++, left >>>= 7) {
            value[at] = (byte) (left & 0x7F | 0x80);
        }
        value[at] = (byte) left;
        int sender = at + 2; // behind the length of the id
        if (value[sender] != STRANGER || lap == 0) {
            return new Sent(atMs, first.key, value);
        }
        byte[] key = first.key.clone();
        rename(value, sender, lap);
        rename(key, 0, lap);
        return new Sent(atMs, key, value);
    }

    private static void rename(byte[] bytes, int at, int lap) {
        int letters = FIRST_LETTERS.length();
        bytes[at] = (byte) FIRST_LETTERS.charAt(lap % letters);
        if (lap >= letters) {
            bytes[at + 1] = (byte) SECOND_LETTERS.charAt(lap / letters);
        }
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
