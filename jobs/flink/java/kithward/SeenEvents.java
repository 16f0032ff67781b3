package kithward;

import java.util.Iterator;
import java.util.Map;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.state.MapState;

/** Deduplicates events by their ids (C-12); always those of the selected key. */
final class SeenEvents {
    private static final long HOUR_MS = 3_600_000; // one cleanup timer per key and hour

    private final MapState<String, Long> untilMs; // by event id: before this event time a repetition is a duplicate
    private final LongConsumer setTimer;

    SeenEvents(MapState<String, Long> untilMs, LongConsumer setTimer) {
        this.untilMs = untilMs;
        this.setTimer = setTimer;
    }

    /** Returns whether an event is a duplicate, and remembers it if not; longer by `lateMs`, by which it came late. */
    boolean isDuplicate(Envelope envelope, long lateMs) throws Exception {
        Long seenUntilMs = untilMs.get(envelope.eventId);
        if (seenUntilMs != null && envelope.atMs < seenUntilMs) {
            return true;
        }
        long keptUntilMs = envelope.untilMs + lateMs;
        untilMs.put(envelope.eventId, keptUntilMs);
        setTimer.accept(Math.floorDiv(keptUntilMs, HOUR_MS) * HOUR_MS + HOUR_MS);
        return false;
    }

    /** Forgets what has expired, at the event time of a timer. */
    void expire(long atMs) throws Exception {
        if (atMs % HOUR_MS != 0) {
            return;
        }
        for (Iterator<Map.Entry<String, Long>> ids = untilMs.iterator(); ids.hasNext(); ) {
            if (ids.next().getValue() <= atMs) {
                ids.remove();
            }
        }
    }
}
