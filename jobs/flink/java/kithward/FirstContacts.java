package kithward;

import java.nio.ByteBuffer;

/**
 * The bytes of `FirstContacts` in state/entries/strangers.py, as far as an approach changes them: version (1 byte), numbers
 * of periods in which either account wrote (1 each), for each of them its first hour (4) and the ms from then to the first
 * message (4), in order; then, if there are any, since when periods count (8), and more that is kept as it is.
 */
final class FirstContacts {
    private static final byte VERSION = 1;
    private static final int HEAD = 3;
    private static final int PERIOD = 4 + 4;
    private static final int REST = 8 + 4;
    private static final int PERIODS_AT_MOST = 24;
    private static final long NONE = -1;

    private FirstContacts() {}

    /** Returns contacts without a period, of which those are to count that begin after a time; -1: all. */
    static byte[] after(long ms) {
        ByteBuffer bytes = ByteBuffer.allocate(HEAD + (ms == NONE ? 0 : REST)).put(VERSION).putShort((short) 0);
        return ms == NONE ? bytes.array() : bytes.putLong(ms).putInt((int) NONE).array();
    }

    /** Returns contacts with one more approach; the same array if it changes nothing. */
    static byte[] with(byte[] known, Approach approach) {
        if (known[0] != VERSION) {
            throw new IllegalStateException("state version " + known[0] + " of first-contacts is unknown here");
        }
        ByteBuffer bytes = ByteBuffer.wrap(known);
        int periods = known[approach.isMine() ? 1 : 2];
        int from = approach.isMine() ? HEAD : HEAD + PERIOD * known[1];
        int to = from + PERIOD * periods;
        int at = from;
        while (at < to && bytes.getInt(at) < approach.startHour()) {
            at += PERIOD;
        }
        if (at < to && bytes.getInt(at) == approach.startHour()) {
            return earlier(bytes, at + 4, approach.offsetMs());
        }
        if (approach.sinceMs() <= afterMs(bytes)) {
            return known;
        }
        if (periods < PERIODS_AT_MOST) {
            return inserted(known, at, approach);
        }
        return at == from + PERIOD ? known : replacedSecond(known, from, at, approach);
    }

    private static byte[] earlier(ByteBuffer bytes, int at, int offsetMs) {
        if (Integer.compareUnsigned(bytes.getInt(at), offsetMs) <= 0) {
            return bytes.array();
        }
        return ByteBuffer.wrap(bytes.array().clone()).putInt(at, offsetMs).array();
    }

    private static long afterMs(ByteBuffer bytes) {
        int end = HEAD + PERIOD * (bytes.get(1) + bytes.get(2));
        return end < bytes.limit() ? bytes.getLong(end) : NONE;
    }

    private static byte[] inserted(byte[] known, int at, Approach approach) {
        ByteBuffer longer = ByteBuffer.allocate(known.length + PERIOD).put(known, 0, at);
        longer.putInt(approach.startHour()).putInt(approach.offsetMs()).put(known, at, known.length - at);
        byte[] bytes = longer.array();
        bytes[approach.isMine() ? 1 : 2]++;
        return bytes;
    }

    /** The first period stays, and the newest ones: the second gives way. */
    private static byte[] replacedSecond(byte[] known, int from, int at, Approach approach) {
        byte[] longer = inserted(known, at, approach);
        byte[] bytes = new byte[known.length];
        int second = from + PERIOD;
        System.arraycopy(longer, 0, bytes, 0, second);
        System.arraycopy(longer, second + PERIOD, bytes, second, bytes.length - second);
        bytes[approach.isMine() ? 1 : 2]--;
        return bytes;
    }
}
