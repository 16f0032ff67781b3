package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * A batch for a step's Python operator: the event time that it reaches to (8 bytes), then entries: kind (1 byte), event time
 * (8), pseudonym of the key and key (two-byte length, UTF-8, each), record (four-byte length).
 */
final class StepBatch {
    private static final int LONG_BYTES = 1 << 18; // a batch is not longer by more than an entry: its output waits for its end

    private final ByteArrayOutputStream entries = new ByteArrayOutputStream();

    void add(byte kind, long atMs, String pseudonym, String key, byte[] from, int at) {
        byte[] packedPseudonym = PackedBytes.packName(pseudonym);
        byte[] packedKey = PackedBytes.packName(key);
        int size = from.length - at;
        ByteBuffer entry = ByteBuffer.allocate(1 + 8 + packedPseudonym.length + packedKey.length + 4 + size);
        entry.put(kind).putLong(atMs).put(packedPseudonym).put(packedKey).putInt(size).put(from, at, size);
        entries.writeBytes(entry.array());
    }

    boolean isEmpty() {
        return entries.size() == 0;
    }

    boolean isLong() {
        return entries.size() >= LONG_BYTES;
    }

    /** Removes and returns all entries, packed, as a batch up to an event time. */
    byte[] take(long endsMs) {
        byte[] packed = ByteBuffer.allocate(8 + entries.size()).putLong(endsMs).put(entries.toByteArray()).array();
        entries.reset();
        return packed;
    }
}
