package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The envelope of a record between steps, as jobs/runtime/envelope.py packs it: event time, rank, deduplication deadline
 * and event id are parsed, the record stays bytes. The natural order is that of C-2: rank, then event id.
 */
final class Envelope implements Comparable<Envelope> {
    private static final int HEAD = 8 + 1 + 8 + 2;

    final String key;
    final byte[] bytes;
    final long atMs;
    final long untilMs; // a repetition before this event time is a duplicate; 0: no deduplication
    final String eventId;
    final int recordAt;

    private final byte rank;

    Envelope(String key, byte[] bytes) {
        ByteBuffer head = ByteBuffer.wrap(bytes);
        this.key = key;
        this.bytes = bytes;
        atMs = head.getLong();
        rank = head.get();
        untilMs = head.getLong();
        eventId = PackedBytes.readName(head);
        recordAt = head.position();
    }

    static byte[] recordOf(byte[] bytes) {
        return Arrays.copyOfRange(bytes, new Envelope("", bytes).recordAt, bytes.length);
    }

    /** Serializes envelopes for keyed state: appends them to `existing`, which may be null. */
    static byte[] join(byte[] existing, List<Envelope> envelopes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        if (existing != null) {
            all.writeBytes(existing);
        }
        for (Envelope envelope : envelopes) {
            all.writeBytes(PackedBytes.packName(envelope.key));
            all.writeBytes(PackedBytes.packSized(envelope.bytes));
        }
        return all.toByteArray();
    }

    /** Deserializes what {@link #join} wrote; null is an empty list. */
    static List<Envelope> split(byte[] joined) {
        List<Envelope> envelopes = new ArrayList<>(1);
        if (joined != null) {
            for (ByteBuffer rest = ByteBuffer.wrap(joined); rest.hasRemaining(); ) {
                envelopes.add(new Envelope(PackedBytes.readName(rest), PackedBytes.readSized(rest)));
            }
        }
        return envelopes;
    }

    @Override
    public int compareTo(Envelope other) {
        int byRank = Byte.compare(rank, other.rank);
        return byRank != 0 ? byRank : Arrays.compareUnsigned(idBytes(), other.idBytes());
    }

    private byte[] idBytes() {
        return Arrays.copyOfRange(bytes, HEAD, recordAt);
    }
}
