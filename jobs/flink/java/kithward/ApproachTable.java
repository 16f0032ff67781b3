package kithward;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.SecureRandom;

/**
 * Remembers which approaches have passed: of one sender, recipient and period the earliest message passes in any case
 * (`jobs/runtime/approach_filter.py`). What is forgotten passes once more, and changes nothing. Ids with equal keys can be
 * made in a second, so a slot holds a hash with a secret of this table.
 */
final class ApproachTable {
    private static final int SLOTS = 1 << 20;
    private static final long HOUR = 3_600_000;
    private static final long PERIOD_HOURS = 30 * 24;
    private static final int SECRET_BYTES = 16;

    private final MessageDigest digest = Pseudonym.digest();
    private final byte[] head = new byte[SECRET_BYTES + 4 + 4];
    private long[] seals;
    private long[] times;
    private long startHour;

    ApproachTable() {
        new SecureRandom().nextBytes(head);
    }

    /** Returns whether no message as early as this one has passed. */
    boolean passes(MessageFields message, byte[] bytes) {
        if (seals == null) {
            seals = new long[SLOTS];
            times = new long[SLOTS];
        }
        int slot = (int) key(message, bytes) & SLOTS - 1;
        long seal = seal(message, bytes);
        if (seals[slot] == seal && times[slot] != 0 && times[slot] <= message.atMs + 1) {
            return false;
        }
        seals[slot] = seal;
        times[slot] = message.atMs + 1;
        return true;
    }

    /** Returns the first hour of the period of the message asked about last. */
    long startHour() {
        return startHour;
    }

    /** Sets the period's first hour, and returns the key of `operators/screening/approach.py`. */
    private long key(MessageFields message, byte[] bytes) {
        long sender = MessageFields.hash(bytes, message.senderFrom, message.senderTo);
        long recipient = MessageFields.hash(bytes, message.recipientFrom, message.recipientTo);
        long pair = MessageFields.mix(sender * 0x9E3779B97F4A7C15L + recipient);
        long phase = Long.remainderUnsigned(pair, PERIOD_HOURS);
        startHour = Math.max(Math.floorDiv(message.atMs / HOUR - phase, PERIOD_HOURS) * PERIOD_HOURS + phase, 0);
        return MessageFields.mix(pair + startHour * 0xD1B54A32D192ED03L);
    }

    /** Returns a hash of sender, recipient and the period that was set. */
    private long seal(MessageFields message, byte[] bytes) {
        int senderSize = message.senderTo - message.senderFrom;
        ByteBuffer.wrap(head).putInt(SECRET_BYTES, (int) startHour).putInt(SECRET_BYTES + 4, senderSize);
        digest.update(head);
        digest.update(bytes, message.senderFrom, senderSize);
        digest.update(bytes, message.recipientFrom, message.recipientTo - message.recipientFrom);
        return ByteBuffer.wrap(digest.digest()).getLong();
    }
}
