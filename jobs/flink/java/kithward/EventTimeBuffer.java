package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.ByteSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupStatePartitionStreamProvider;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.transformations.TwoInputTransformation;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * Buffers, sorts and deduplicates the events of a step. It comes before the step's Python operator, in one operator chain
 * with it, and reads Row(key, envelope) and, on its second input, broadcast Row(event id, policy). An event is buffered
 * until the watermark has passed its time: on the heap, which each checkpoint writes out per key group (raw keyed state),
 * and in keyed state when the heap buffer is full. Events of one time are emitted by rank and event id (C-2), late events at
 * once (C-4), duplicates never (C-12). The step's own state and its timers are here too: one store for both, and timers
 * that fire between events as C-3 wants them. Policies are kept in broadcast state and emitted as they come: every instance
 * gets each of them once, and after a restore gets all of them again before anything else.
 *
 * <p>Whatever a watermark releases is emitted as one batch: a call into Python costs more than the work on most events. A
 * batch is the event time that it reaches to (8 bytes), then entries: kind (1 byte), event time (8), pseudonym of the key
 * and key (two-byte length, UTF-8, each), record (four-byte length). Python selects the key of the state that it reads.
 * State changes, and timers later than the batch, Python leaves here all at once, and they are written after it has
 * returned, so that other steps can use the interpreter meanwhile. A timer within the batch's time Python fires itself.
 * Keyed state knows a key by its pseudonym only, and so does a timer.
 */
public final class EventTimeBuffer extends AbstractStreamOperator<byte[]>
        implements TwoInputStreamOperator<Row, Row, byte[]>, Triggerable<Row, Byte> {
    private static final long serialVersionUID = 1L;

    private static final byte EVENT = 0;
    private static final byte LATE = 1;
    private static final byte POLICY = 2;
    private static final byte TIMER = 3;
    private static final long HOUR_MS = 3_600_000; // one cleanup timer per key and hour expires the ids of seen events
    private static final int MAX_CACHED_KEYS = 1 << 12;
    private static final int BATCH_BYTES = 1 << 18; // a longer batch is split: its output is held back until it ends
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    private static final ThreadLocal<EventTimeBuffer> OF_THIS_THREAD = new ThreadLocal<>();

    private final boolean ordered;

    private transient HeapBuffer buffer;
    private transient MapState<Long, byte[]> waiting; // pending events that did not fit on the heap, by event time
    private transient long movedUntilMs; // the latest event time in `waiting`
    private transient ListState<Long> movedUntilState;
    private transient MapState<String, Long> seen; // event ids, and until when a repetition is a duplicate
    private transient BroadcastState<String, byte[]> policies;
    private transient InternalTimerService<Byte> timers;
    private transient Counter late;
    private transient Counter duplicates;
    private transient Map<String, Counter> pending;
    private transient ListState<Tuple2<String, Long>> pendingState;
    private transient ByteArrayOutputStream batch;
    private transient long batchEndsMs;
    private transient Contacts contacts;
    private transient Map<String, Row> keys;
    private transient List<StateCells<?>> cells; // Python refers to a state by its index
    private transient byte[] deferredChanges;
    private transient byte[] deferredTimers;

    EventTimeBuffer(boolean ordered) {
        this.ordered = ordered;
    }

    static EventTimeBuffer ofThisThread() {
        return OF_THIS_THREAD.get();
    }

    /** Returns the batches for a step. A step that is not `ordered` gets its events as they arrive. */
    public static DataStream<byte[]> of(
            DataStream<Row> routes, DataStream<Row> policies, String uid, boolean ordered) {
        PseudonymKeySelector key = new PseudonymKeySelector();
        TwoInputTransformation<Row, Row, byte[]> buffered = new TwoInputTransformation<>(
                routes.keyBy(key, PseudonymKeySelector.TYPE).getTransformation(),
                policies.broadcast().getTransformation(),
                uid,
                SimpleOperatorFactory.of(new EventTimeBuffer(ordered)),
                BYTES,
                routes.getExecutionEnvironment().getParallelism(),
                false);
        buffered.setUid(uid);
        buffered.setStateKeySelectors(key, null);
        buffered.setStateKeyType(PseudonymKeySelector.TYPE);
        routes.getExecutionEnvironment().addOperator(buffered);
        return new DataStream<>(routes.getExecutionEnvironment(), buffered);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        buffer = new HeapBuffer();
        keys = new HashMap<>();
        cells = new ArrayList<>();
        movedUntilState = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>("moved-until", Types.LONG));
        // Earlier releases did not store it: then any time may be the latest.
        movedUntilMs = context.isRestored() && !movedUntilState.get().iterator().hasNext() ? Long.MAX_VALUE : Long.MIN_VALUE;
        for (long ofInstance : movedUntilState.get()) {
            movedUntilMs = Math.max(movedUntilMs, ofInstance);
        }
        for (KeyGroupStatePartitionStreamProvider keyGroup : context.getRawKeyedStateInputs()) {
            buffer.read(keyGroup.getStream());
        }
        waiting = context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("waiting", Types.LONG, BYTES));
        seen = context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("judged", Types.STRING, Types.LONG));
        policies = context.getOperatorStateStore()
                .getBroadcastState(new MapStateDescriptor<>("policies", Types.STRING, BYTES));
        // Each instance stores its part of a sum: redistributed among more or fewer instances, it stays the sum.
        pendingState = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("pending", Types.TUPLE(Types.STRING, Types.LONG)));
        pending = new HashMap<>();
    }

    @Override
    public void open() throws Exception {
        super.open();
        OF_THIS_THREAD.set(this);
        timers = getInternalTimerService("order", ByteSerializer.INSTANCE, this);
        late = metrics().counter("late");
        duplicates = metrics().counter("repeated");
        for (Tuple2<String, Long> kept : pendingState.get()) {
            adjustPending(kept.f0, kept.f1);
        }
        batch = new ByteArrayOutputStream();
        for (Map.Entry<String, byte[]> policy : policies.immutableEntries()) {
            emitPolicy(policy.getValue());
        }
    }

    /** Returns a map state of the step whose entry keys are text; it is always that of the selected key. */
    public StateCells.TextKeys openTextState(String name) {
        return register(new StateCells.TextKeys(state(name, Types.STRING)));
    }

    /** Returns a map state of the step whose entry keys are numbers; it is always that of the selected key. */
    public StateCells.NumberKeys openNumberState(String name) {
        return register(new StateCells.NumberKeys(state(name, Types.LONG)));
    }

    /** A state's index is how many states were opened before it. */
    private <C extends StateCells<?>> C register(C opened) {
        cells.add(opened);
        return opened;
    }

    private <K> MapState<K, byte[]> state(String name, TypeInformation<K> entry) {
        return getKeyedStateStore().getMapState(new MapStateDescriptor<>(name, entry, BYTES));
    }

    /** Adjusts the counter of entries of a state that await an external answer: it goes up and down, like a gauge. */
    public void adjustPending(String state, long by) {
        pending.computeIfAbsent(state, name -> metrics().addGroup("state", name).counter("pending")).inc(by);
    }

    /** Sets the current key of all keyed state, by its pseudonym. */
    public void selectKey(String pseudonym) {
        setCurrentKey(Row.of(pseudonym));
    }

    /** Applies state changes and sets timers, as jobs/flink/state_cache.py packs them. Timers are deduplicated. */
    public void flush(byte[] changes, byte[] newTimers) throws Exception {
        for (ByteBuffer rest = ByteBuffer.wrap(changes); rest.hasRemaining(); ) {
            StateCells<?> changed = cells.get(rest.get());
            String pseudonym = PackedBytes.readName(rest);
            selectKey(pseudonym);
            changed.apply(rest);
            if (contacts != null) {
                contacts.changed(pseudonym);
            }
        }
        for (ByteBuffer rest = ByteBuffer.wrap(newTimers); rest.hasRemaining(); ) {
            long atMs = rest.getLong();
            selectKey(PackedBytes.readName(rest));
            timers.registerEventTimeTimer(TIMER, atMs);
        }
    }

    /** The same, deferred until Python has returned from the current batch. */
    public void flushLater(byte[] changes, byte[] newTimers) {
        deferredChanges = changes;
        deferredTimers = newTimers;
    }

    private Row keyOf(String key) {
        if (keys.size() >= MAX_CACHED_KEYS) {
            keys.clear();
        }
        return keys.computeIfAbsent(key, PseudonymKeySelector::of);
    }

    /** Most elements are only buffered; what touches keyed state sets the current key itself. */
    @Override
    public void setKeyContextElement1(@SuppressWarnings("rawtypes") StreamRecord element) {}

    @Override
    public void processElement1(StreamRecord<Row> element) throws Exception {
        Row route = element.getValue();
        if (Approach.isOne((byte[]) route.getField(1))) {
            remember((String) route.getField(0), Approach.unpack((byte[]) route.getField(1)));
            return;
        }
        Envelope envelope = new Envelope((String) route.getField(0), (byte[]) route.getField(1));
        if (envelope.atMs <= timers.currentWatermark()) {
            late.inc();
            emitAtOnce(LATE, envelope);
        } else if (ordered) {
            buffer.add(envelope);
            if (buffer.isFull()) {
                moveToState();
            }
        } else {
            emitAtOnce(EVENT, envelope);
        }
    }

    /** Remembers an approach: Python is not called, and finds it in the step's state. */
    private void remember(String key, Approach approach) throws Exception {
        if (contacts == null) {
            LongConsumer setTimer = atMs -> timers.registerEventTimeTimer(TIMER, atMs);
            contacts = new Contacts(name -> state(name, Types.STRING), setTimer, metrics());
        }
        if (approach.atMs() <= timers.currentWatermark()) {
            late.inc();
        }
        Row selected = keyOf(key);
        setCurrentKey(selected);
        contacts.remember(pseudonymOf(selected), approach, timers.currentWatermark());
    }

    @Override
    public void processElement2(StreamRecord<Row> element) throws Exception {
        String published = (String) element.getValue().getField(0);
        if (!policies.contains(published)) {
            byte[] policy = Envelope.recordOf((byte[]) element.getValue().getField(1));
            policies.put(published, policy);
            emitPolicy(policy);
        }
    }

    /** Raw keyed state holds the heap buffer. The timers are not in it: RocksDB keeps them. */
    @Override
    protected boolean isUsingCustomRawKeyedState() {
        return true;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        if (!buffer.isEmpty()) {
            buffer.write(context.getRawKeyedOperatorStateOutput(), this::keyGroupOf);
        }
        movedUntilState.update(List.of(movedUntilMs));
        List<Tuple2<String, Long>> sums = new ArrayList<>();
        pending.forEach((state, number) -> sums.add(Tuple2.of(state, number.getCount())));
        pendingState.update(sums);
        super.snapshotState(context);
    }

    private int keyGroupOf(String key) {
        int keyGroups = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
        return KeyGroupRangeAssignment.assignToKeyGroup(keyOf(key), keyGroups);
    }

    /** Moves all events from the heap buffer to keyed state, each time with a timer. */
    private void moveToState() throws Exception {
        while (!buffer.isEmpty()) {
            Map.Entry<Long, Map<String, List<Envelope>>> earliest = buffer.poll();
            long atMs = earliest.getKey();
            movedUntilMs = Math.max(movedUntilMs, atMs);
            for (Map.Entry<String, List<Envelope>> ofKey : earliest.getValue().entrySet()) {
                setCurrentKey(keyOf(ofKey.getKey()));
                waiting.put(atMs, Envelope.join(waiting.get(atMs), ofKey.getValue()));
                timers.registerEventTimeTimer(EVENT, atMs);
            }
        }
    }

    @Override
    public void onEventTime(InternalTimer<Row, Byte> timer) throws Exception {
        long atMs = timer.getTimestamp();
        if (extendBatch(atMs)) {
            setCurrentKey(timer.getKey());
        }
        release(atMs, List.of());
        if (timer.getNamespace() == TIMER) {
            add(TIMER, atMs, pseudonymOf(timer.getKey()), "", new byte[0], 0);
        }
        if (atMs % HOUR_MS == 0) {
            expireSeen(atMs);
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<Row, Byte> timer) {}

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        while (buffer.isDue(mark.getTimestamp())) {
            Map.Entry<Long, Map<String, List<Envelope>>> earliest = buffer.poll();
            timeServiceManager.advanceWatermark(new Watermark(earliest.getKey() - 1));
            extendBatch(earliest.getKey());
            for (Map.Entry<String, List<Envelope>> ofKey : earliest.getValue().entrySet()) {
                setCurrentKey(keyOf(ofKey.getKey()));
                release(earliest.getKey(), ofKey.getValue());
            }
        }
        do {
            timeServiceManager.advanceWatermark(mark);
        } while (emitBatch(batchEndsMs)); // the batch may have set timers that are due by now
        output.emitWatermark(mark);
        TaskOutput.flush(this);
    }

    /** Extends the batch to an event time. Returns whether the batch so far was emitted first: it was long enough. */
    private boolean extendBatch(long atMs) throws Exception {
        boolean isLongEnough = batch.size() >= BATCH_BYTES && atMs > batchEndsMs;
        if (isLongEnough) {
            emitBatch(batchEndsMs);
        }
        batchEndsMs = atMs;
        return isLongEnough;
    }

    /** Adds the current key's events of a time to the batch, sorted; of equal ones those in state first: they came first. */
    private void release(long atMs, List<Envelope> buffered) throws Exception {
        List<Envelope> due = Envelope.split(atMs <= movedUntilMs ? waiting.get(atMs) : null);
        if (!due.isEmpty()) {
            waiting.remove(atMs);
        }
        due.addAll(buffered);
        due.sort(null);
        for (Envelope envelope : due) {
            add(EVENT, envelope);
        }
    }

    private void add(byte kind, Envelope envelope) throws Exception {
        if (envelope.untilMs != 0 && isDuplicate(envelope, kind == LATE)) {
            duplicates.inc();
        } else {
            String pseudonym = pseudonymOf((Row) getCurrentKey());
            add(kind, envelope.atMs, pseudonym, envelope.key, envelope.bytes, envelope.recordAt);
        }
    }

    private static String pseudonymOf(Row key) {
        return (String) key.getField(0);
    }

    private void add(byte kind, long atMs, String pseudonym, String key, byte[] from, int at) {
        byte[] packedPseudonym = PackedBytes.packName(pseudonym);
        byte[] packedKey = PackedBytes.packName(key);
        int size = from.length - at;
        ByteBuffer entry = ByteBuffer.allocate(1 + 8 + packedPseudonym.length + packedKey.length + 4 + size);
        entry.put(kind).putLong(atMs).put(packedPseudonym).put(packedKey).putInt(size).put(from, at, size);
        batch.writeBytes(entry.array());
    }

    /** Emits one event as a batch of its own. */
    private void emitAtOnce(byte kind, Envelope envelope) throws Exception {
        setCurrentKey(keyOf(envelope.key));
        add(kind, envelope);
        emitBatch(Long.MIN_VALUE);
    }

    /** Emits the batch and then applies what Python deferred. Returns whether there was anything to emit. */
    private boolean emitBatch(long endsMs) throws Exception {
        if (batch.size() == 0) {
            return false;
        }
        byte[] bytes = ByteBuffer.allocate(8 + batch.size()).putLong(endsMs).put(batch.toByteArray()).array();
        batch.reset();
        output.collect(new StreamRecord<>(bytes));
        if (deferredChanges != null) {
            flush(deferredChanges, deferredTimers);
            deferredChanges = null;
        }
        return true;
    }

    private MetricGroup metrics() {
        return getRuntimeContext().getMetricGroup().addGroup("kithward");
    }

    private boolean isDuplicate(Envelope envelope, boolean isLate) throws Exception {
        Long seenUntilMs = seen.get(envelope.eventId);
        if (seenUntilMs != null && envelope.atMs < seenUntilMs) {
            return true;
        }
        // The time of a late event counts from now, or its id would expire before the repetition comes.
        long untilMs = envelope.untilMs + (isLate ? timers.currentWatermark() - envelope.atMs : 0);
        seen.put(envelope.eventId, untilMs);
        timers.registerEventTimeTimer(EVENT, Math.floorDiv(untilMs, HOUR_MS) * HOUR_MS + HOUR_MS);
        return false;
    }

    private void expireSeen(long atMs) throws Exception {
        for (Iterator<Map.Entry<String, Long>> ids = seen.iterator(); ids.hasNext(); ) {
            if (ids.next().getValue() <= atMs) {
                ids.remove();
            }
        }
    }

    private void emitPolicy(byte[] policy) throws Exception {
        add(POLICY, Long.MIN_VALUE, "", "", policy, 0);
        emitBatch(Long.MIN_VALUE);
    }
}
