package kithward;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * Remembers who wrote to whom, without a call into Python: what `on_approached` in operators/strangers/contact.py does, to
 * the same bytes. An approach is applied as it arrives: neither order nor repetitions change what is remembered, nor does
 * what an event before it has yet to change, since each period by itself counts or does not. All states are those of the
 * current key.
 */
public final class Contacts {
    private static final int CONTACTS_AT_MOST = 10_000;
    private static final long HOUR_MS = 3_600_000;
    private static final long PERIOD_MS = 30 * 24 * HOUR_MS;
    private static final String SELF = "";
    private static final int MAX_CACHED_TALLIES = 1 << 14;

    private final MapState<String, byte[]> friends;
    private final MapState<String, byte[]> contacts;
    private final MapState<String, byte[]> tallies;
    private final LongConsumer setTimer;
    private final Map<String, Tally> cachedTallies = new HashMap<>();
    private final Counter approached;
    private final Counter beyondLimit;

    /** `states` returns a map state by its name. */
    public Contacts(Function<String, MapState<String, byte[]>> states, LongConsumer setTimer, MetricGroup metrics) {
        friends = states.apply("friends");
        contacts = states.apply("first-contacts");
        tallies = states.apply("contact-tally");
        this.setTimer = setTimer;
        approached = metrics.counter("approached");
        beyondLimit = metrics.counter("contact-beyond-limit");
    }

    /** Says that Python has changed something of an account: its tally has to be read again. */
    public void changed(String pseudonym) {
        cachedTallies.remove(pseudonym);
    }

    /**
     * Remembers an approach by or to the account of the current key, which has this pseudonym; `untilMs` is the event time up
     * to which all else has been applied.
     */
    public void remember(String pseudonym, Approach approach, long untilMs) throws Exception {
        approached.inc();
        // A friendship that ends later cuts the period off, unless the period began later still.
        if (approach.sinceMs() <= untilMs && friends.contains(approach.otherId())) {
            return;
        }
        String entry = Pseudonym.identify(approach.otherId());
        byte[] known = contacts.get(entry);
        if (known == null) {
            add(pseudonym, entry, approach);
            return;
        }
        byte[] merged = FirstContacts.with(known, approach);
        if (merged != known) {
            contacts.put(entry, merged);
        }
    }

    private void add(String pseudonym, String entry, Approach approach) throws Exception {
        Tally tally = tally(pseudonym);
        if (approach.sinceMs() <= tally.fullMs) {
            beyondLimit.inc();
        } else if (approach.sinceMs() > tally.erasedMs) {
            boolean isFull = tally.count >= CONTACTS_AT_MOST;
            if (isFull) {
                beyondLimit.inc();
                tally.fullMs = Math.max(tally.fullMs, approach.atMs());
            } else {
                tally.count++;
                contacts.put(entry, FirstContacts.with(FirstContacts.after(tally.erasedMs), approach));
            }
            if (tally.dueMs == Tally.NEVER) {
                tally.dueMs = approach.atMs() + PERIOD_MS;
                setTimer.accept(-Math.floorDiv(-tally.dueMs, HOUR_MS) * HOUR_MS);
            }
            tallies.put(SELF, tally.pack());
        }
    }

    private Tally tally(String pseudonym) throws Exception {
        Tally tally = cachedTallies.get(pseudonym);
        if (tally == null) {
            if (cachedTallies.size() >= MAX_CACHED_TALLIES) {
                cachedTallies.clear();
            }
            tally = Tally.unpack(tallies.get(SELF));
            cachedTallies.put(pseudonym, tally);
        }
        return tally;
    }

    /** The value of `ContactTally` in state/entries/strangers.py, which says what it means. */
    private static final class Tally {
        private static final long NEVER = -1;
        private static final byte VERSION = 1;

        private int count;
        private long erasedMs = NEVER;
        private long fullMs = NEVER;
        private long dueMs = NEVER;

        /** Returns the tally that some bytes hold, a new one for null. */
        static Tally unpack(byte[] packed) {
            Tally tally = new Tally();
            if (packed != null) {
                ByteBuffer bytes = ByteBuffer.wrap(packed);
                if (bytes.get() != VERSION) {
                    throw new IllegalStateException("state version " + packed[0] + " of contact-tally is unknown here");
                }
                tally.count = bytes.getInt();
                tally.erasedMs = bytes.getLong();
                tally.fullMs = bytes.getLong();
                tally.dueMs = bytes.getLong();
            }
            return tally;
        }

        byte[] pack() {
            ByteBuffer bytes = ByteBuffer.allocate(1 + 4 + 3 * 8).put(VERSION).putInt(count);
            return bytes.putLong(erasedMs).putLong(fullMs).putLong(dueMs).array();
        }
    }
}
