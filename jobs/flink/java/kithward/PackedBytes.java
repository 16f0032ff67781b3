package kithward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Takes pieces out of packed bytes, and packs names. A piece that is longer than what is left is our own bug, and fails
 * the job.
 */
final class PackedBytes {
    private PackedBytes() {}

    static byte[] bytes(ByteBuffer from, int length) {
        byte[] taken = new byte[length];
        from.get(taken);
        return taken;
    }

    /** Bytes after a four-byte length. */
    static byte[] bytes(ByteBuffer from) {
        return bytes(from, from.getInt());
    }

    /** UTF-8 text after a two-byte length: a name. */
    static String name(ByteBuffer from) {
        return new String(bytes(from, Short.toUnsignedInt(from.getShort())), StandardCharsets.UTF_8);
    }

    /** Returns bytes after their four-byte length. */
    static byte[] sized(byte[] bytes) {
        return ByteBuffer.allocate(4 + bytes.length).putInt(bytes.length).put(bytes).array();
    }

    /** Returns a name as it is read. */
    static byte[] name(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + text.length).putShort((short) text.length).put(text).array();
    }
}
