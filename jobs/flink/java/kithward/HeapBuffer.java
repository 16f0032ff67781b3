package kithward;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.apache.flink.runtime.state.KeyedStateCheckpointOutputStream;

/** Who waits on the heap, by time and by key? */
final class HeapBuffer {
    private static final int FULL = 16 << 20; // bytes of parcels; each step has a room, and all share one heap
    private static final int SEAT = 200; // bytes that a parcel takes beside its own

    private final TreeMap<Long, Map<String, List<Envelope>>> byTime = new TreeMap<>();
    private int bytes;

    void add(Envelope parcel) {
        byTime.computeIfAbsent(parcel.atMs, atMs -> new LinkedHashMap<>(2))
                .computeIfAbsent(parcel.key, key -> new ArrayList<>(1))
                .add(parcel);
        bytes += SEAT + parcel.bytes.length;
    }

    boolean isFull() {
        return bytes >= FULL;
    }

    /** Returns whether somebody's time has come by `atMs`. */
    boolean isDue(long atMs) {
        return !byTime.isEmpty() && byTime.firstKey() <= atMs;
    }

    boolean isEmpty() {
        return byTime.isEmpty();
    }

    /** Writes down who waits, by key group, as {@link #read} takes it: length (4 bytes), then the parcels. */
    void write(KeyedStateCheckpointOutputStream out, ToIntFunction<String> groupOf) throws IOException {
        Map<Integer, List<Envelope>> groups = new TreeMap<>();
        for (Map<String, List<Envelope>> byKey : byTime.values()) {
            byKey.forEach((key, parcels) ->
                    groups.computeIfAbsent(groupOf.applyAsInt(key), group -> new ArrayList<>()).addAll(parcels));
        }
        DataOutputStream sized = new DataOutputStream(out);
        for (Map.Entry<Integer, List<Envelope>> group : groups.entrySet()) {
            out.startNewKeyGroup(group.getKey());
            byte[] joined = Envelope.joined(null, group.getValue());
            sized.writeInt(joined.length);
            sized.write(joined);
        }
    }

    /** Lets those wait who were written down for one key group. The stream does not end with them. */
    void read(InputStream group) throws IOException {
        DataInputStream in = new DataInputStream(group);
        byte[] joined = new byte[in.readInt()];
        in.readFully(joined);
        Envelope.parted(joined).forEach(this::add);
    }

    /** Takes out the earliest: their time, and by key who they are, in the order in which they came. */
    Map.Entry<Long, Map<String, List<Envelope>>> poll() {
        Map.Entry<Long, Map<String, List<Envelope>>> earliest = byTime.pollFirstEntry();
        for (List<Envelope> parcels : earliest.getValue().values()) {
            for (Envelope parcel : parcels) {
                bytes -= SEAT + parcel.bytes.length;
            }
        }
        return earliest;
    }
}
