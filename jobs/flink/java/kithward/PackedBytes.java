package kithward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads and writes length-prefixed fields. A length beyond the end of the buffer is a bug of ours and fails the job.
 */
final class PackedBytes {
    private static final int LONGEST_NAME = 0xFFFF;

    private PackedBytes() {}

    static byte[] read(ByteBuffer from, int length) {
        byte[] field = new byte[length];
        from.get(field);
        return field;
    }

    /** Reads bytes after a four-byte length. */
    static byte[] readSized(ByteBuffer from) {
        return read(from, from.getInt());
    }

    /** Reads a name: UTF-8 after a two-byte length. */
    static String readName(ByteBuffer from) {
        return new String(read(from, Short.toUnsignedInt(from.getShort())), StandardCharsets.UTF_8);
    }

    /** Returns what is behind the destination of the first route, null if that is another one: its key is next. */
    static ByteBuffer routeTo(byte[] packedName, byte[] routes) {
        int size = packedName.length;
        return routes.length >= size && Arrays.equals(routes, 0, size, packedName, 0, size)
                ? ByteBuffer.wrap(routes, size, routes.length - size)
                : null;
    }

    /** Returns bytes with their four-byte length before them. */
    static byte[] packSized(byte[] bytes) {
        return ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).array();
    }

    /** Returns a name as {@link #readName} reads it. */
    static byte[] packName(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        if (text.length > LONGEST_NAME) {
            throw new IllegalArgumentException("a name of " + text.length + " bytes: more than " + LONGEST_NAME);
        }
        return ByteBuffer.allocate(2 + text.length).putShort((short) text.length).put(text).array();
    }
}
