package kithward;

/**
 * Remembers which approaches have passed: of one sender, recipient and period the earliest message passes in any case
 * (`jobs/runtime/approach_filter.py`). What is forgotten passes once more, and changes nothing.
 */
final class ApproachTable {
    private static final int SLOTS = 1 << 19;
    private static final long HOUR = 3_600_000;
    private static final long PERIOD_HOURS = 30 * 24;

    private final long[] keys = new long[SLOTS];
    private final long[] times = new long[SLOTS];

    /** Returns whether no message as early as this one has passed. */
    boolean passes(MessageFields message, byte[] bytes) {
        long key = key(message, bytes);
        int slot = (int) key & SLOTS - 1;
        if (keys[slot] == key && times[slot] != 0 && times[slot] <= message.atMs + 1) {
            return false;
        }
        keys[slot] = key;
        times[slot] = message.atMs + 1;
        return true;
    }

    /** Returns the key of `operators/screening/approach.py`. */
    static long key(MessageFields message, byte[] bytes) {
        long sender = MessageFields.hash(bytes, message.senderFrom, message.senderTo);
        long recipient = MessageFields.hash(bytes, message.recipientFrom, message.recipientTo);
        long pair = MessageFields.mix(sender * 0x9E3779B97F4A7C15L + recipient);
        long phase = Long.remainderUnsigned(pair, PERIOD_HOURS);
        long start = Math.floorDiv(message.atMs / HOUR - phase, PERIOD_HOURS) * PERIOD_HOURS + phase;
        return MessageFields.mix(pair + start * 0xD1B54A32D192ED03L);
    }
}
