package kithward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * That one account wrote to another, as one of the two is told of it: a mark that no envelope begins with (1 byte), whether
 * that one wrote (1), the period's first hour (4), the ms from then to the message (4), the other's id. Packed here for
 * messages that the first look drops, and in `jobs/runtime/wire_format.py`.
 */
public record Approach(boolean isMine, int startHour, int offsetMs, String otherId) {
    private static final byte MARK = 1; // an envelope begins with a time, which is less than 2^56
    private static final int HEAD = 1 + 1 + 4 + 4;
    private static final long HOUR_MS = 3_600_000;

    static boolean isOne(byte[] payload) {
        return payload[0] == MARK;
    }

    public static Approach unpack(byte[] payload) {
        ByteBuffer head = ByteBuffer.wrap(payload);
        head.get();
        String otherId = new String(payload, HEAD, payload.length - HEAD, StandardCharsets.UTF_8);
        return new Approach(head.get() != 0, head.getInt(), head.getInt(), otherId);
    }

    /** Packs what an account is told; the other's id is in some bytes, from one offset to another. */
    static byte[] pack(boolean isMine, long startHour, long atMs, byte[] bytes, int otherFrom, int otherTo) {
        return ByteBuffer.allocate(HEAD + otherTo - otherFrom)
                .put(MARK)
                .put((byte) (isMine ? 1 : 0))
                .putInt((int) startHour)
                .putInt((int) (atMs - startHour * HOUR_MS))
                .put(bytes, otherFrom, otherTo - otherFrom)
                .array();
    }

    /** Returns when the period began. */
    long sinceMs() {
        return startHour * HOUR_MS;
    }

    /** Returns when the message was written. */
    long atMs() {
        return sinceMs() + Integer.toUnsignedLong(offsetMs);
    }
}
