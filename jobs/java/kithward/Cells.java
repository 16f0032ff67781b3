package kithward;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import org.apache.flink.api.common.state.MapState;

/**
 * One state of the selected key, as the interpreter asks for it. Each of its calls costs microseconds, and half as much
 * again where a parameter is an `Object`: what a value is has to be found out then. So there is a class for each kind of
 * entry key.
 */
public abstract class Cells<K> {
    final MapState<K, byte[]> state;

    private Cells(MapState<K, byte[]> state) {
        this.state = state;
    }

    /**
     * Returns all entries in one answer: of each its key (two-byte length, UTF-8, a number in decimal) and its value
     * (four-byte length).
     */
    public byte[] entries() throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Map.Entry<K, byte[]> entry : state.entries()) {
            all.writeBytes(Packed.name(String.valueOf(entry.getKey())));
            all.writeBytes(Packed.sized(entry.getValue()));
        }
        return all.toByteArray();
    }

    /** Entries by text. */
    public static final class OfText extends Cells<String> {
        OfText(MapState<String, byte[]> state) {
            super(state);
        }

        /** Returns an entry's value, or null. */
        public byte[] get(String key) throws Exception {
            return state.get(key);
        }

        /** Writes an entry. */
        public void put(String key, byte[] value) throws Exception {
            state.put(key, value);
        }

        /** Removes an entry; absent is fine. */
        public void remove(String key) throws Exception {
            state.remove(key);
        }
    }

    /** Entries by number. */
    public static final class OfNumbers extends Cells<Long> {
        OfNumbers(MapState<Long, byte[]> state) {
            super(state);
        }

        /** Returns an entry's value, or null. */
        public byte[] get(long key) throws Exception {
            return state.get(key);
        }

        /** Writes an entry. */
        public void put(long key, byte[] value) throws Exception {
            state.put(key, value);
        }

        /** Removes an entry; absent is fine. */
        public void remove(long key) throws Exception {
            state.remove(key);
        }
    }
}
