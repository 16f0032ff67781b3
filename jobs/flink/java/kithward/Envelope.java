package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What jobs/runtime/envelope.py packs, opened as far as its order goes, and the key that it is for. */
final class Envelope implements Comparable<Envelope> {
    private static final int HEAD = 8 + 1 + 8 + 2;

    final String key;
    final byte[] bytes;
    final long atMs;
    final long untilMs;
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
        eventId = PackedBytes.name(head);
        recordAt = head.position();
    }

    static byte[] recordOf(byte[] bytes) {
        return Arrays.copyOfRange(bytes, new Envelope("", bytes).recordAt, bytes.length);
    }

    /** Returns what `before` holds, null for nothing, and some more, as bytes that wait as state. */
    static byte[] joined(byte[] before, List<Envelope> parcels) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        if (before != null) {
            all.writeBytes(before);
        }
        for (Envelope parcel : parcels) {
            all.writeBytes(PackedBytes.name(parcel.key));
            all.writeBytes(PackedBytes.sized(parcel.bytes));
        }
        return all.toByteArray();
    }

    /** Returns what was joined; null is nothing. */
    static List<Envelope> parted(byte[] joined) {
        List<Envelope> parcels = new ArrayList<>(1);
        if (joined != null) {
            for (ByteBuffer rest = ByteBuffer.wrap(joined); rest.hasRemaining(); ) {
                parcels.add(new Envelope(PackedBytes.name(rest), PackedBytes.bytes(rest)));
            }
        }
        return parcels;
    }

    @Override
    public int compareTo(Envelope other) {
        int byClass = Byte.compare(rank, other.rank);
        return byClass != 0 ? byClass : Arrays.compareUnsigned(idBytes(), other.idBytes());
    }

    private byte[] idBytes() {
        return Arrays.copyOfRange(bytes, HEAD, recordAt);
    }
}
