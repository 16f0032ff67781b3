package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;

/**
 * How does a step get at one state of the selected key? By what names an entry there is a class for each kind: the
 * interpreter's bridge finds a method by what it takes, and asks less where that is one type and not any object.
 */
public abstract class StateCells<K> {
    final MapState<K, byte[]> state;

    StateCells(MapState<K, byte[]> state) {
        this.state = state;
    }

    /**
     * Returns all entries in one answer: of each its key (two-byte length, UTF-8, a number in decimal) and its value
     * (four-byte length).
     */
    public byte[] entries() throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Map.Entry<K, byte[]> entry : state.entries()) {
            all.writeBytes(PackedBytes.name(String.valueOf(entry.getKey())));
            all.writeBytes(PackedBytes.sized(entry.getValue()));
        }
        return all.toByteArray();
    }

    /** Writes and removes entries, as jobs/flink/state_cache.py packs them from their number on. */
    void change(ByteBuffer from) throws Exception {
        for (int left = from.getInt(); left > 0; left--) {
            K key = key(from);
            int size = from.getInt();
            if (size < 0) {
                state.remove(key);
            } else {
                state.put(key, PackedBytes.bytes(from, size));
            }
        }
    }

    abstract K key(ByteBuffer from);

    /** Entries by text. */
    public static final class OfText extends StateCells<String> {
        OfText(MapState<String, byte[]> state) {
            super(state);
        }

        /** Returns an entry's value, or null. */
        public byte[] get(String key) throws Exception {
            return state.get(key);
        }

        @Override
        String key(ByteBuffer from) {
            return PackedBytes.name(from);
        }
    }

    /** Entries by number. */
    public static final class OfNumbers extends StateCells<Long> {
        OfNumbers(MapState<Long, byte[]> state) {
            super(state);
        }

        /** Returns an entry's value, or null. */
        public byte[] get(long key) throws Exception {
            return state.get(key);
        }

        @Override
        Long key(ByteBuffer from) {
            return from.getLong();
        }
    }
}
