package kithward;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
 * In which order, and how often, does a step see its events? This stands before what the step concludes, in one chain
 * with it, and takes Row(key, parcel) and, on its second input, Row(event id, policy). A parcel waits until the watermark
 * has passed its time: on the heap, which each checkpoint writes down, by key group, and as state of its key when the heap
 * has no room. Those of one time go on by class and event id (C-2). Late ones go on at once (C-4), repeated ones never
 * (C-12). The step's own state and alarms are here too: one store for both, and alarms that ring between events as C-3
 * wants them. Policies are remembered and go on as they come: every instance hears each of them
 * once, and after a restore hears all of them again before anything else.
 *
 * <p>Whatever a watermark sets free goes on together, as one batch: calling the interpreter costs more than most events
 * do. A batch is the time that it reaches to (8 bytes), then entries: what it is (1 byte), its time (8), its key's
 * pseudonym and its key (two-byte length, UTF-8, each), its record (four-byte length). The step selects the key of what it
 * reads by itself. What it changes, and alarms later than the batch, it leaves behind all at once, and they are
 * written when it is done: other steps have their turn meanwhile. An alarm within the batch's time it rings itself.
 * State has no key but its pseudonym, and so an alarm has no other either.
 */
public final class EventTimeBuffer extends AbstractStreamOperator<byte[]>
        implements TwoInputStreamOperator<Row, Row, byte[]>, Triggerable<Row, Byte> {
    private static final long serialVersionUID = 1L;

    private static final byte EVENT = 0;
    private static final byte LATE = 1;
    private static final byte POLICY = 2;
    private static final byte ALARM = 3;
    private static final long HOUR_MS = 3_600_000; // one timer a key and hour forgets what need not be known any more
    private static final int KEYS_AT_MOST = 1 << 12;
    private static final int ENOUGH = 1 << 18; // bytes of a batch: what it concludes is held until it ends
    private static final TypeInformation<byte[]> BYTES = PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;
    private static final ThreadLocal<EventTimeBuffer> OF_THIS_THREAD = new ThreadLocal<>();

    private final boolean waits;

    private transient HeapBuffer room;
    private transient MapState<Long, byte[]> waiting;
    private transient long movedUntilMs; // the latest time of a parcel that waits as state
    private transient ListState<Long> movedUntilKept;
    private transient MapState<String, Long> judged;
    private transient BroadcastState<String, byte[]> policies;
    private transient InternalTimerService<Byte> timers;
    private transient Counter late;
    private transient Counter repeated;
    private transient Map<String, Counter> pending;
    private transient ListState<Tuple2<String, Long>> pendingKept;
    private transient ByteArrayOutputStream batch;
    private transient long batchEndsMs;
    private transient Map<String, Row> keys;
    private transient List<StateCells<?>> lent; // by their numbers
    private transient byte[] changesLeft;
    private transient byte[] alarmsLeft;

    EventTimeBuffer(boolean waits) {
        this.waits = waits;
    }

    static EventTimeBuffer ofThisThread() {
        return OF_THIS_THREAD.get();
    }

    /** Returns what goes on to a step. One that does not mind the order gets its events as they come. */
    public static DataStream<byte[]> of(
            DataStream<Row> routes, DataStream<Row> policies, String uid, boolean waits) {
        PseudonymKeySelector key = new PseudonymKeySelector();
        TwoInputTransformation<Row, Row, byte[]> ordered = new TwoInputTransformation<>(
                routes.keyBy(key, PseudonymKeySelector.TYPE).getTransformation(),
                policies.broadcast().getTransformation(),
                uid,
                SimpleOperatorFactory.of(new EventTimeBuffer(waits)),
                BYTES,
                routes.getExecutionEnvironment().getParallelism(),
                false);
        ordered.setUid(uid);
        ordered.setStateKeySelectors(key, null);
        ordered.setStateKeyType(PseudonymKeySelector.TYPE);
        routes.getExecutionEnvironment().addOperator(ordered);
        return new DataStream<>(routes.getExecutionEnvironment(), ordered);
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        room = new HeapBuffer();
        keys = new HashMap<>();
        lent = new ArrayList<>();
        movedUntilKept = context.getOperatorStateStore()
                .getUnionListState(new ListStateDescriptor<>("moved-until", Types.LONG));
        // Earlier releases have not kept it: any time may be the latest.
        movedUntilMs = context.isRestored() && !movedUntilKept.get().iterator().hasNext() ? Long.MAX_VALUE : Long.MIN_VALUE;
        for (long ofOne : movedUntilKept.get()) {
            movedUntilMs = Math.max(movedUntilMs, ofOne);
        }
        for (KeyGroupStatePartitionStreamProvider group : context.getRawKeyedStateInputs()) {
            room.read(group.getStream());
        }
        waiting = context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("waiting", Types.LONG, BYTES));
        judged = context.getKeyedStateStore().getMapState(new MapStateDescriptor<>("judged", Types.STRING, Types.LONG));
        policies = context.getOperatorStateStore()
                .getBroadcastState(new MapStateDescriptor<>("policies", Types.STRING, BYTES));
        // Each instance keeps its part of a sum: shared out among more or fewer of them, it stays the sum.
        pendingKept = context.getOperatorStateStore()
                .getListState(new ListStateDescriptor<>("pending", Types.TUPLE(Types.STRING, Types.LONG)));
        pending = new HashMap<>();
    }

    @Override
    public void open() throws Exception {
        super.open();
        OF_THIS_THREAD.set(this);
        timers = getInternalTimerService("order", ByteSerializer.INSTANCE, this);
        late = metrics().counter("late");
        repeated = metrics().counter("repeated");
        for (Tuple2<String, Long> kept : pendingKept.get()) {
            pend(kept.f0, kept.f1);
        }
        batch = new ByteArrayOutputStream();
        for (Map.Entry<String, byte[]> policy : policies.immutableEntries()) {
            tell(policy.getValue());
        }
    }

    /** Returns a state of the step whose entries go by text; it is always that of the selected key. */
    public StateCells.OfText texts(String name) {
        return lend(new StateCells.OfText(state(name, Types.STRING)));
    }

    /** Returns a state of the step whose entries go by number; it is always that of the selected key. */
    public StateCells.OfNumbers numbers(String name) {
        return lend(new StateCells.OfNumbers(state(name, Types.LONG)));
    }

    /** Its number is how many were lent before it. */
    private <C extends StateCells<?>> C lend(C cells) {
        lent.add(cells);
        return cells;
    }

    private <K> MapState<K, byte[]> state(String name, TypeInformation<K> entry) {
        return getKeyedStateStore().getMapState(new MapStateDescriptor<>(name, entry, BYTES));
    }

    /** So many more entries of a state wait for somebody outside, or fewer. A restored job goes on counting. */
    public void pend(String state, long by) {
        pending.computeIfAbsent(state, name -> metrics().addGroup("state", name).counter("pending")).inc(by);
    }

    /** From now on state is that of the key with this pseudonym. */
    public void select(String pseudonym) {
        setCurrentKey(Row.of(pseudonym));
    }

    /** Changes states and sets alarms, both as jobs/flink/state_cache.py packs them. An alarm twice for one time is once. */
    public void change(byte[] changes, byte[] alarms) throws Exception {
        for (ByteBuffer rest = ByteBuffer.wrap(changes); rest.hasRemaining(); ) {
            StateCells<?> cells = lent.get(rest.get());
            select(PackedBytes.name(rest));
            cells.change(rest);
        }
        for (ByteBuffer rest = ByteBuffer.wrap(alarms); rest.hasRemaining(); ) {
            long atMs = rest.getLong();
            select(PackedBytes.name(rest));
            timers.registerEventTimeTimer(ALARM, atMs);
        }
    }

    /** The same, once the step is done with the batch at hand. */
    public void changeAfterwards(byte[] changes, byte[] alarms) {
        changesLeft = changes;
        alarmsLeft = alarms;
    }

    private Row keyOf(String key) {
        if (keys.size() >= KEYS_AT_MOST) {
            keys.clear();
        }
        return keys.computeIfAbsent(key, PseudonymKeySelector::of);
    }

    /** Most elements only wait: whatever touches state selects its key itself. */
    @Override
    public void setKeyContextElement1(@SuppressWarnings("rawtypes") StreamRecord element) {}

    @Override
    public void processElement1(StreamRecord<Row> element) throws Exception {
        Row route = element.getValue();
        Envelope parcel = new Envelope((String) route.getField(0), (byte[]) route.getField(1));
        if (parcel.atMs <= timers.currentWatermark()) {
            late.inc();
            passOn(LATE, parcel);
        } else if (waits) {
            room.add(parcel);
            if (room.isFull()) {
                moveIntoState();
            }
        } else {
            passOn(EVENT, parcel);
        }
    }

    @Override
    public void processElement2(StreamRecord<Row> element) throws Exception {
        String published = (String) element.getValue().getField(0);
        if (!policies.contains(published)) {
            byte[] policy = Envelope.recordOf((byte[]) element.getValue().getField(1));
            policies.put(published, policy);
            tell(policy);
        }
    }

    /** Who waits is written by key group. Timers are not: RocksDB keeps them. */
    @Override
    protected boolean isUsingCustomRawKeyedState() {
        return true;
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        if (!room.isEmpty()) {
            room.write(context.getRawKeyedOperatorStateOutput(), this::groupOf);
        }
        movedUntilKept.update(List.of(movedUntilMs));
        List<Tuple2<String, Long>> kept = new ArrayList<>();
        pending.forEach((state, number) -> kept.add(Tuple2.of(state, number.getCount())));
        pendingKept.update(kept);
        super.snapshotState(context);
    }

    private int groupOf(String key) {
        int groups = getRuntimeContext().getTaskInfo().getMaxNumberOfParallelSubtasks();
        return KeyGroupRangeAssignment.assignToKeyGroup(keyOf(key), groups);
    }

    /** Whoever waits on the heap waits as state from here on, and has a timer. */
    private void moveIntoState() throws Exception {
        while (!room.isEmpty()) {
            Map.Entry<Long, Map<String, List<Envelope>>> earliest = room.poll();
            long atMs = earliest.getKey();
            movedUntilMs = Math.max(movedUntilMs, atMs);
            for (Map.Entry<String, List<Envelope>> held : earliest.getValue().entrySet()) {
                setCurrentKey(keyOf(held.getKey()));
                waiting.put(atMs, Envelope.joined(waiting.get(atMs), held.getValue()));
                timers.registerEventTimeTimer(EVENT, atMs);
            }
        }
    }

    @Override
    public void onEventTime(InternalTimer<Row, Byte> timer) throws Exception {
        long atMs = timer.getTimestamp();
        if (turnTo(atMs)) {
            setCurrentKey(timer.getKey());
        }
        free(atMs, List.of());
        if (timer.getNamespace() == ALARM) {
            add(ALARM, atMs, pseudonym(timer.getKey()), "", new byte[0], 0);
        }
        if (atMs % HOUR_MS == 0) {
            forgetJudged(atMs);
        }
    }

    @Override
    public void onProcessingTime(InternalTimer<Row, Byte> timer) {}

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        while (room.isDue(mark.getTimestamp())) {
            Map.Entry<Long, Map<String, List<Envelope>>> earliest = room.poll();
            timeServiceManager.advanceWatermark(new Watermark(earliest.getKey() - 1));
            turnTo(earliest.getKey());
            for (Map.Entry<String, List<Envelope>> held : earliest.getValue().entrySet()) {
                setCurrentKey(keyOf(held.getKey()));
                free(earliest.getKey(), held.getValue());
            }
        }
        do {
            timeServiceManager.advanceWatermark(mark);
        } while (passOn(batchEndsMs)); // what went on may have set alarms that are due by now
        output.emitWatermark(mark);
    }

    /** From now on the batch holds what is of this time. Returns whether the one before went on: it was long enough. */
    private boolean turnTo(long atMs) throws Exception {
        boolean isLongEnough = batch.size() >= ENOUGH && atMs > batchEndsMs;
        if (isLongEnough) {
            passOn(batchEndsMs);
        }
        batchEndsMs = atMs;
        return isLongEnough;
    }

    /** The selected key's parcels of a time go on, those that wait as state first: they came first. */
    private void free(long atMs, List<Envelope> held) throws Exception {
        List<Envelope> due = Envelope.parted(atMs <= movedUntilMs ? waiting.get(atMs) : null);
        if (!due.isEmpty()) {
            waiting.remove(atMs);
        }
        due.addAll(held);
        due.sort(null);
        for (Envelope parcel : due) {
            add(EVENT, parcel);
        }
    }

    private void add(byte kind, Envelope parcel) throws Exception {
        if (parcel.untilMs != 0 && isRepeated(parcel, kind == LATE)) {
            repeated.inc();
        } else {
            String pseudonym = pseudonym((Row) getCurrentKey());
            add(kind, parcel.atMs, pseudonym, parcel.key, parcel.bytes, parcel.recordAt);
        }
    }

    private static String pseudonym(Row key) {
        return (String) key.getField(0);
    }

    private void add(byte kind, long atMs, String pseudonym, String key, byte[] from, int at) {
        byte[] alias = PackedBytes.name(pseudonym);
        byte[] name = PackedBytes.name(key);
        int size = from.length - at;
        ByteBuffer entry = ByteBuffer.allocate(1 + 8 + alias.length + name.length + 4 + size);
        entry.put(kind).putLong(atMs).put(alias).put(name).putInt(size).put(from, at, size);
        batch.writeBytes(entry.array());
    }

    /** One goes on by itself, at once. */
    private void passOn(byte kind, Envelope parcel) throws Exception {
        setCurrentKey(keyOf(parcel.key));
        add(kind, parcel);
        passOn(Long.MIN_VALUE);
    }

    /** Returns whether there was anything. */
    private boolean passOn(long endsMs) throws Exception {
        if (batch.size() == 0) {
            return false;
        }
        byte[] bytes = ByteBuffer.allocate(8 + batch.size()).putLong(endsMs).put(batch.toByteArray()).array();
        batch.reset();
        output.collect(new StreamRecord<>(bytes));
        if (changesLeft != null) {
            change(changesLeft, alarmsLeft);
            changesLeft = null;
        }
        return true;
    }

    private MetricGroup metrics() {
        return getRuntimeContext().getMetricGroup().addGroup("kithward");
    }

    private boolean isRepeated(Envelope parcel, boolean isLate) throws Exception {
        Long knownUntilMs = judged.get(parcel.eventId);
        if (knownUntilMs != null && parcel.atMs < knownUntilMs) {
            return true;
        }
        // A late event is remembered from now on, or it would be forgotten before its repetition comes.
        long untilMs = parcel.untilMs + (isLate ? timers.currentWatermark() - parcel.atMs : 0);
        judged.put(parcel.eventId, untilMs);
        timers.registerEventTimeTimer(EVENT, Math.floorDiv(untilMs, HOUR_MS) * HOUR_MS + HOUR_MS);
        return false;
    }

    private void forgetJudged(long atMs) throws Exception {
        for (Iterator<Map.Entry<String, Long>> known = judged.iterator(); known.hasNext(); ) {
            if (known.next().getValue() <= atMs) {
                known.remove();
            }
        }
    }

    private void tell(byte[] policy) throws Exception {
        add(POLICY, Long.MIN_VALUE, "", "", policy, 0);
        passOn(Long.MIN_VALUE);
    }
}
