package kithward;

/**
 * Remembers which approaches have passed: of one sender, recipient and period the earliest message passes in any case
 * (`jobs/runtime/approach_filter.py`). What is forgotten passes once more, and changes nothing.
 */
final class ApproachTable {
    private static final int SLOTS = 1 << 20;
    private static final long HOUR = 3_600_000;
    private static final long PERIOD_HOURS = 30 * 24;

    private long[] keys;
    private long[] times;
    private long startHour;

    /** Returns whether no message as early as this one has passed. */
    boolean passes(MessageFields message, byte[] bytes) {
        if (keys == null) {
            keys = new long[SLOTS];
            times = new long[SLOTS];
        }
        long key = key(message, bytes);
        int slot = (int) key & SLOTS - 1;
        if (keys[slot] == key && times[slot] != 0 && times[slot] <= message.atMs + 1) {
            return false;
        }
        keys[slot] = key;
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
}
