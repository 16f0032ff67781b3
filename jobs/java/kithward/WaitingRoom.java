package kithward;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Who waits on the heap, by time and by key? Most wait for less time than there is between two checkpoints. */
final class WaitingRoom {
    private static final int FULL = 16 << 20; // bytes of parcels; each step has a room, and all share one heap
    private static final int SEAT = 200; // bytes that a parcel takes beside its own

    private final TreeMap<Long, Map<String, List<Parcel>>> byTime = new TreeMap<>();
    private int bytes;

    void add(Parcel parcel) {
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

    /** Takes out the earliest: their time, and by key who they are, in the order in which they came. */
    Map.Entry<Long, Map<String, List<Parcel>>> poll() {
        Map.Entry<Long, Map<String, List<Parcel>>> earliest = byTime.pollFirstEntry();
        for (List<Parcel> parcels : earliest.getValue().values()) {
            for (Parcel parcel : parcels) {
                bytes -= SEAT + parcel.bytes.length;
            }
        }
        return earliest;
    }
}
