package kithward;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * A step's own state and timers, for its Python operator. Python selects the key of the state that it reads. Changes and
 * timers come all at once; those that are deferred are applied after Python has returned, so that other steps can use the
 * interpreter meanwhile.
 */
public final class StepState {
    private final KeyedStateStore store;
    private final PendingEntries pending;
    private final Consumer<String> select;
    private final LongConsumer setTimer;
    private final List<StateCells<?>> cells = new ArrayList<>(); // Python refers to a state by its index
    private Consumer<String> changed = pseudonym -> {};
    private byte[] deferredChanges;
    private byte[] deferredTimers;

    /** `select` sets the current key by its pseudonym; `setTimer` sets a timer of that key, which is deduplicated. */
    StepState(KeyedStateStore store, PendingEntries pending, Consumer<String> select, LongConsumer setTimer) {
        this.store = store;
        this.pending = pending;
        this.select = select;
        this.setTimer = setTimer;
    }

    /** Returns a map state of the step whose entry keys are text; it is always that of the selected key. */
    public StateCells.TextKeys openTextState(String name) {
        return register(new StateCells.TextKeys(open(name, Types.STRING)));
    }

    /** Returns a map state of the step whose entry keys are numbers; it is always that of the selected key. */
    public StateCells.NumberKeys openNumberState(String name) {
        return register(new StateCells.NumberKeys(open(name, Types.LONG)));
    }

    private <C extends StateCells<?>> C register(C opened) {
        cells.add(opened);
        return opened;
    }

    <K> MapState<K, byte[]> open(String name, TypeInformation<K> entry) {
        return store.getMapState(
                new MapStateDescriptor<>(name, entry, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    }

    /** Adjusts the counter of entries of a state that await an external answer: it goes up and down, like a gauge. */
    public void adjustPending(String state, long by) {
        pending.adjust(state, by);
    }

    /** Sets the current key of all keyed state, by its pseudonym. */
    public void selectKey(String pseudonym) {
        select.accept(pseudonym);
    }

    /** Applies state changes and sets timers, as jobs/flink/state_cache.py packs them. */
    public void flush(byte[] changes, byte[] newTimers) throws Exception {
        for (ByteBuffer rest = ByteBuffer.wrap(changes); rest.hasRemaining(); ) {
            StateCells<?> cell = cells.get(rest.get());
            String pseudonym = PackedBytes.readName(rest);
            selectKey(pseudonym);
            cell.apply(rest);
            changed.accept(pseudonym);
        }
        for (ByteBuffer rest = ByteBuffer.wrap(newTimers); rest.hasRemaining(); ) {
            long atMs = rest.getLong();
            selectKey(PackedBytes.readName(rest));
            setTimer.accept(atMs);
        }
    }

    /** The same, deferred until Python has returned from the current batch. */
    public void flushLater(byte[] changes, byte[] newTimers) {
        deferredChanges = changes;
        deferredTimers = newTimers;
    }

    void applyDeferred() throws Exception {
        if (deferredChanges != null) {
            flush(deferredChanges, deferredTimers);
            deferredChanges = null;
        }
    }

    /** Calls `listener` with the pseudonym of each key of which Python changes something. */
    void onChange(Consumer<String> listener) {
        changed = listener;
    }
}
