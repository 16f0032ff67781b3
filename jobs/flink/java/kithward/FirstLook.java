package kithward;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.Counter;

/**
 * Drops messages in which certainly nothing can be found before they are passed to Python. By which tables, and until when
 * they hold, the screen says with its output, which {@link FirstLookReceiver} hands over in the same task manager: until it
 * has, and when it has not for as long as its lease, everything passes. No result depends on what is dropped here, because
 * the screen would drop it, too.
 */
public final class FirstLook extends RichFilterFunction<byte[]> {
    private static final long serialVersionUID = 1L;
    private static final int TIMESTAMP = 0;
    private static final int TOPIC = 20;
    private static final int KEY_SIZE = 22;
    private static final int HEAD = 30;
    private static final Map<String, FirstLook> RUNNING = new ConcurrentHashMap<>();

    private final short messages;
    private transient String place;
    private transient Counter dropped;
    private transient volatile Judged judged;

    /** `messages` is the index of the topic among the input topics. */
    public FirstLook(int messages) {
        this.messages = (short) messages;
    }

    @Override
    public void open(OpenContext context) {
        place = place(getRuntimeContext());
        dropped = getRuntimeContext().getMetricGroup().addGroup("kithward").counter("read");
        RUNNING.put(place, this);
    }

    @Override
    public void close() {
        if (place != null) {
            RUNNING.remove(place, this);
        }
    }

    /** Hands tables over to the instance that runs in the same slot as the caller. */
    static void receive(RuntimeContext caller, ByteBuffer message) {
        FirstLook look = RUNNING.get(place(caller));
        if (look != null) {
            look.tell(message);
        }
    }

    private static String place(RuntimeContext context) {
        return context.getJobInfo().getJobId() + "/" + context.getTaskInfo().getIndexOfThisSubtask();
    }

    /** Reads how long tables hold, by {@link System#nanoTime}, from which event time on, and the tables if they are new. */
    public void tell(ByteBuffer message) {
        long untilNanos = message.getLong();
        long fromMs = message.getLong();
        if (message.hasRemaining()) {
            judged = new Judged(new MessageLook(inflate(message)), fromMs, untilNanos);
        } else if (judged != null) {
            judged = new Judged(judged.look, fromMs, untilNanos);
        }
    }

    @Override
    public boolean filter(byte[] packed) {
        boolean passes = passes(packed);
        if (!passes) {
            dropped.inc();
        }
        return passes;
    }

    /** Returns whether a packed Kafka record may matter. */
    public boolean passes(byte[] packed) {
        Judged now = judged;
        if (now == null || System.nanoTime() > now.untilNanos) {
            return true;
        }
        ByteBuffer head = ByteBuffer.wrap(packed);
        if (head.getShort(TOPIC) != messages) {
            return true;
        }
        int from = HEAD + Math.max(head.getInt(KEY_SIZE), 0);
        return !now.look.isSuperfluous(packed, from, now.fromMs, head.getLong(TIMESTAMP));
    }

    private static ByteBuffer inflate(ByteBuffer message) {
        byte[] inflated = new byte[message.getInt()];
        Inflater inflater = new Inflater();
        inflater.setInput(message);
        try {
            inflater.inflate(inflated);
        } catch (DataFormatException bug) {
            throw new IllegalStateException(bug);
        } finally {
            inflater.end();
        }
        return ByteBuffer.wrap(inflated);
    }

    private record Judged(MessageLook look, long fromMs, long untilNanos) {}
}
