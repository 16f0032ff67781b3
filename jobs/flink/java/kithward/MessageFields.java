package kithward;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The fields of an encoded MessageSent in a buffer, as far as the first look needs them. What is not plainly valid is not
 * read: the exact decoder, in Python, says what is wrong with it.
 */
final class MessageFields {
    private final byte[] header;
    private final int maxId;
    private final int maxText;
    private final long lastMs;

    private byte[] bytes;
    private int at;
    private int end;
    private boolean plain;

    long atMs;
    int senderFrom;
    int senderTo;
    int recipientFrom;
    int recipientTo;
    int groupFrom;
    int groupTo;
    int textFrom;
    int textTo;

    MessageFields(byte[] header, int maxId, int maxText, long lastMs) {
        this.header = header.clone();
        this.maxId = maxId;
        this.maxText = maxText;
        this.lastMs = lastMs;
    }

    /** Reads the message between two offsets; returns whether it is plainly valid, its text's UTF-8 aside. */
    boolean read(byte[] buffer, int from, int to) {
        bytes = buffer;
        at = from + header.length;
        end = to;
        plain = to - from > header.length
                && Arrays.equals(bytes, from, at, header, 0, header.length);
        if (!plain) {
            return false;
        }
        isId(readString());
        atMs = readLong();
        plain &= atMs <= lastMs;
        senderFrom = readString();
        senderTo = at;
        isId(senderFrom);
        recipientFrom = readOptionalString();
        recipientTo = at;
        groupFrom = readOptionalString();
        groupTo = at;
        textFrom = readString();
        textTo = at;
        return plain && at == end && textTo - textFrom <= maxText && hasOneAddressee();
    }

    boolean isToGroup() {
        return groupTo > groupFrom;
    }

    String senderId() {
        return new String(bytes, senderFrom, senderTo - senderFrom, StandardCharsets.US_ASCII);
    }

    String recipientId() {
        return new String(bytes, recipientFrom, recipientTo - recipientFrom, StandardCharsets.US_ASCII);
    }

    /** Returns the hash of `schemas/text_hashes.py` of some bytes. */
    static long hash(byte[] bytes, int from, int to) {
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long value = to - from;
        for (int at = from; at < to; at += 8) {
            value = mix(value ^ (to - at >= 8 ? words.getLong(at) : lastWord(bytes, at, to)));
        }
        return value;
    }

    static long mix(long number) {
        long mixed = number * 0xBF58476D1CE4E5B9L;
        return mixed ^ mixed >>> 29;
    }

    private static long lastWord(byte[] bytes, int from, int to) {
        long word = 0;
        for (int at = to - 1; at >= from; at--) {
            word = word << 8 | bytes[at] & 0xFF;
        }
        return word;
    }

    private boolean hasOneAddressee() {
        boolean hasRecipient = recipientTo > recipientFrom;
        return hasRecipient != isToGroup()
                && !(hasRecipient && Arrays.equals(bytes, senderFrom, senderTo, bytes, recipientFrom, recipientTo));
    }

    /** Reads a number of at most eight bytes that is not negative (Avro's variable-length zig-zag). */
    private long readLong() {
        long number = 0;
        for (int shift = 0; shift < 56 && at < end; shift += 7) {
            byte next = bytes[at++];
            number |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                plain &= (number & 1) == 0;
                return number >>> 1;
            }
        }
        plain = false;
        return 0;
    }

    /** Reads a string; returns where it begins, and stops at its end. */
    private int readString() {
        long size = readLong();
        int from = at;
        plain &= size <= end - from;
        at = plain ? from + (int) size : end;
        return plain ? from : end;
    }

    private int readOptionalString() {
        if (!plain || at == end) {
            plain = false;
            return at;
        }
        byte branch = bytes[at++];
        if (branch == 0) {
            return at;
        }
        plain = branch == 2;
        int from = readString();
        isId(from);
        return from;
    }

    /** Requires that the string which ends here is an id of printable ASCII. */
    private void isId(int from) {
        plain &= at > from && at - from <= maxId;
        for (int each = from; plain && each < at; each++) {
            plain = bytes[each] >= ' ' && bytes[each] <= '~';
        }
    }
}
