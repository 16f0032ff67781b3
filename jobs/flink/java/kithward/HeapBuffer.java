package kithward;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.apache.flink.runtime.state.KeyGroupStatePartitionStreamProvider;
import org.apache.flink.runtime.state.KeyedStateCheckpointOutputStream;

/** An on-heap buffer of pending events, sorted by event time and then grouped by key, bounded by its size in bytes. */
final class HeapBuffer {
    private static final int MAX_BYTES = 16 << 20; // each step has a buffer of its own, and all share one heap
    private static final int OVERHEAD = 450; // bytes that an envelope of a time and key of its own takes besides its payload

    private final TreeMap<Long, Map<String, List<Envelope>>> byTime = new TreeMap<>();
    private int bytes;

    /** `restored` are what {@link #write} wrote, by key group; a stream may go on after that. */
    HeapBuffer(Iterable<KeyGroupStatePartitionStreamProvider> restored) throws IOException {
        for (KeyGroupStatePartitionStreamProvider keyGroup : restored) {
            DataInputStream in = new DataInputStream(keyGroup.getStream());
            byte[] joined = new byte[in.readInt()];
            in.readFully(joined);
            Envelope.split(joined).forEach(this::add);
        }
    }

    void add(Envelope envelope) {
        byTime.computeIfAbsent(envelope.atMs, atMs -> new LinkedHashMap<>(2))
                .computeIfAbsent(envelope.key, key -> new ArrayList<>(1))
                .add(envelope);
        bytes += OVERHEAD + envelope.bytes.length;
    }

    boolean isFull() {
        return bytes >= MAX_BYTES;
    }

    /** Returns whether an event of event time `watermarkMs` or earlier is pending. */
    boolean isDue(long watermarkMs) {
        return !byTime.isEmpty() && byTime.firstKey() <= watermarkMs;
    }

    boolean isEmpty() {
        return byTime.isEmpty();
    }

    /** Writes all events into a checkpoint, per key group: their length (4 bytes), then the joined envelopes. */
    void write(KeyedStateCheckpointOutputStream out, ToIntFunction<String> keyGroupOf) throws IOException {
        Map<Integer, List<Envelope>> keyGroups = new TreeMap<>();
        for (Map<String, List<Envelope>> byKey : byTime.values()) {
            byKey.forEach((key, envelopes) -> keyGroups
                    .computeIfAbsent(keyGroupOf.applyAsInt(key), keyGroup -> new ArrayList<>())
                    .addAll(envelopes));
        }
        DataOutputStream sized = new DataOutputStream(out);
        for (Map.Entry<Integer, List<Envelope>> keyGroup : keyGroups.entrySet()) {
            out.startNewKeyGroup(keyGroup.getKey());
            byte[] joined = Envelope.join(null, keyGroup.getValue());
            sized.writeInt(joined.length);
            sized.write(joined);
        }
    }

    /** Removes and returns the events of the earliest event time, by key, in the order of their arrival. */
    Map.Entry<Long, Map<String, List<Envelope>>> poll() {
        Map.Entry<Long, Map<String, List<Envelope>>> earliest = byTime.pollFirstEntry();
        for (List<Envelope> envelopes : earliest.getValue().values()) {
            for (Envelope envelope : envelopes) {
                bytes -= OVERHEAD + envelope.bytes.length;
            }
        }
        return earliest;
    }
}
