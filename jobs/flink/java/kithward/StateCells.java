package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;

/**
 * One map state of a step, for Python; always that of the selected key. There is a class for each type of entry key: the
 * bridge between Python and the JVM (pemja) resolves a method by its parameter types, and is faster with one concrete type
 * than with Object.
 */
public abstract class StateCells<K> {
    final MapState<K, byte[]> state;

    StateCells(MapState<K, byte[]> state) {
        this.state = state;
    }

    /**
     * Returns all entries, serialized, in one call: of each its key (two-byte length, UTF-8; a number in decimal) and its
     * value (four-byte length).
     */
    public byte[] entries() throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Map.Entry<K, byte[]> entry : state.entries()) {
            all.writeBytes(PackedBytes.packName(String.valueOf(entry.getKey())));
            all.writeBytes(PackedBytes.packSized(entry.getValue()));
        }
        return all.toByteArray();
    }

    /** Writes and removes entries, as jobs/flink/state_cache.py packs them: from the number of entries on. */
    void apply(ByteBuffer from) throws Exception {
        for (int left = from.getInt(); left > 0; left--) {
            K key = readKey(from);
            int size = from.getInt();
            if (size < 0) {
                state.remove(key);
            } else {
                state.put(key, PackedBytes.read(from, size));
            }
        }
    }

    abstract K readKey(ByteBuffer from);

    /** A map state whose entry keys are text. */
    public static final class TextKeys extends StateCells<String> {
        TextKeys(MapState<String, byte[]> state) {
            super(state);
        }

        /** Returns an entry's value, or null. */
        public byte[] get(String key) throws Exception {
            return state.get(key);
        }

        @Override
        String readKey(ByteBuffer from) {
            return PackedBytes.readName(from);
        }
    }

    /** A map state whose entry keys are numbers. */
    public static final class NumberKeys extends StateCells<Long> {
        NumberKeys(MapState<Long, byte[]> state) {
            super(state);
        }

        /** Returns an entry's value, or null. */
        public byte[] get(long key) throws Exception {
            return state.get(key);
        }

        @Override
        Long readKey(ByteBuffer from) {
            return from.getLong();
        }
    }
}
