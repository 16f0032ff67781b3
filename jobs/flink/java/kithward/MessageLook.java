package kithward;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.flink.types.Row;

/** Tells messages that no step needs to see, by the tables of the policies in force. Not thread-safe. */
final class MessageLook {
    private static final int ALL_GROUPS = 1;
    private static final int ALL_PAIRS = 2;
    private static final int APPROACHES = 4;

    private final int flags;
    private final MessageFields fields;
    private final TextLook text;
    private final ApproachTable approaches;

    /** `approaches` are remembered from one policy to the next. */
    MessageLook(ByteBuffer packed, ApproachTable approaches) {
        flags = packed.get();
        byte[] header = PackedBytes.readSized(packed);
        fields = new MessageFields(header, packed.getInt(), packed.getInt(), packed.getLong());
        text = new TextLook(packed);
        this.approaches = approaches;
    }

    /**
     * Returns what the steps need to know of a message instead of itself, as Row(key, payload): nothing, or for both accounts
     * that one wrote to the other. Null: they may need the message from that offset on. They do not if it is plainly valid, of
     * a time from `fromMs` to `untilMs`, and neither its kind nor its text may matter.
     */
    List<Row> insteadOf(byte[] packed, int from, long fromMs, long untilMs) {
        if (!fields.read(packed, from, packed.length) || fields.atMs < fromMs || fields.atMs > untilMs) {
            return null;
        }
        boolean isToGroup = fields.isToGroup();
        if ((flags & (isToGroup ? ALL_GROUPS : ALL_PAIRS)) != 0 || text.mayMatter(packed, fields.textFrom, fields.textTo)) {
            return null;
        }
        boolean isApproach = !isToGroup && (flags & APPROACHES) != 0 && approaches.passes(fields, packed);
        return isApproach ? told(packed) : List.of();
    }

    private List<Row> told(byte[] packed) {
        long hour = approaches.startHour();
        byte[] written = Approach.pack(true, hour, fields.atMs, packed, fields.recipientFrom, fields.recipientTo);
        byte[] received = Approach.pack(false, hour, fields.atMs, packed, fields.senderFrom, fields.senderTo);
        return List.of(Row.of(fields.senderId(), written), Row.of(fields.recipientId(), received));
    }
}
